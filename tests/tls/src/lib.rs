//! Redis over TLS: everything is in `tests`.
