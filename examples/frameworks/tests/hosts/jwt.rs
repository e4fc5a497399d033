use base64ct::{Base64UrlUnpadded, Encoding};
use p256::Sec1Point;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::Value;

/// Header and claims of a JWT that one of these keys signed.
#[track_caller]
pub(crate) fn verified(token: &str, key_set: &Value) -> (Value, Value) {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let (header, claims) = (json(header), json(claims));
    let mut keys = key_set["keys"].as_array().unwrap().iter();
    let key = keys.find(|key| key["kid"] == header["kid"]).unwrap();
    let coordinate = |name: &str| decoded(key[name].as_str().unwrap());
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    let key = VerifyingKey::from_sec1_point(&Sec1Point::from_bytes(point).unwrap()).unwrap();
    let signature = Signature::from_slice(&decoded(signature)).unwrap();
    key.verify(signed.as_bytes(), &signature).unwrap();
    (header, claims)
}

fn json(text: &str) -> Value {
    serde_json::from_slice(&decoded(text)).unwrap()
}

fn decoded(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap()
}
