//! The memory that a connection takes. Alone in its binary, because other tests would be counted too.

#[cfg(test)]
mod body;
