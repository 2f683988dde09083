//! Accounts on screen: sign-in and sign-out, switching roles, one-time links, one's own account, and the
//! administrator's list of people.

mod own;
mod pages;

/// The routes of this slice.
pub fn routes() -> crate::app::Routes {
    pages::routes().merge(own::routes())
}
