//! Accounts on screen: sign-in and sign-out, switching roles, one-time links, and the administrator's list of people.

mod pages;

pub use pages::routes;
