//! `device-grant` with the features `page` and `tower`, behind axum, over its store in memory.

mod app;

use std::error::Error;

use device_grant::Builder;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    app::serve(Builder::in_memory).await
}
