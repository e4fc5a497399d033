//! Has the crate take the locks and counters of `shuttle`.

fn main() {
    println!("cargo::rustc-cfg=explored_by_shuttle");
}
