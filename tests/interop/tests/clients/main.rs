//! One module for each client.

mod device_programs;
mod huskarl_client;
mod oauth2_client;
mod openidconnect_client;
