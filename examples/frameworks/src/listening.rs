use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

/// Listens, and says where: the address under which clients and browsers reach the server.
///
/// # Errors
///
/// The address is taken, or not ours.
pub async fn listen(address: SocketAddr) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(address).await?;
    let url = format!("http://{}", listener.local_addr()?);
    println!("listening on {url}");
    Ok((listener, url))
}
