mod custom;
mod decision;
mod entry;
mod every_page;
mod hostile;
mod qr;
mod sign_in;
mod site;
