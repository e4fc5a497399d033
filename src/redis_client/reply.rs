use redis::Value;

use super::Failure;

/// Readers of the answers of a server.
pub(crate) struct Reply;

impl Reply {
    /// Bytes, or nothing.
    pub(crate) fn bytes(value: Value) -> Result<Option<Vec<u8>>, Failure> {
        if value == Value::Nil {
            return Ok(None);
        }
        let Value::BulkString(bytes) = value else {
            return Err(Failure::UnexpectedReply);
        };
        Ok(Some(bytes))
    }

    pub(crate) fn int(value: &Value) -> Result<i64, Failure> {
        let Value::Int(int) = value else {
            return Err(Failure::UnexpectedReply);
        };
        Ok(*int)
    }

    /// An array of this length.
    pub(crate) fn array<const N: usize>(value: Value) -> Result<[Value; N], Failure> {
        let Value::Array(values) = value else {
            return Err(Failure::UnexpectedReply);
        };
        values.try_into().map_err(|_| Failure::UnexpectedReply)
    }

    /// Text, as either protocol sends it.
    pub(crate) fn text(value: Value) -> Result<String, Failure> {
        if let Value::VerbatimString { text, .. } = value {
            return Ok(text);
        }
        if let Value::SimpleString(text) = value {
            return Ok(text);
        }
        let bytes = Self::bytes(value)?.ok_or(Failure::UnexpectedReply)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
