//! Accounts on screen: sign-in and sign-out, switching roles, one-time links, one's own account, and the
//! administrator's list of people.

mod device;
mod guide;
mod invite;
mod leave;
mod link;
mod own;
mod people;
mod person;
pub mod sheet;
mod sign_in;
#[cfg(test)]
mod tests;
mod trail;

pub use invite::tell;
pub use people::state;
pub use sign_in::{Codes, SignIn, SignIns};

use crate::access::store;
use crate::error::Result;
use crate::state::App;

/// The routes of this slice.
pub fn routes() -> crate::access::Routes {
    sign_in::routes()
        .merge(link::routes())
        .merge(own::routes())
        .merge(people::routes())
        .merge(invite::routes())
        .merge(leave::routes())
        .merge(guide::routes())
        .merge(person::routes())
        .merge(sheet::routes())
}

/// Throws away what is used up or has ended: links, sessions, devices, counted tries.
pub async fn daily(app: &App) -> Result<()> {
    let mut tx = app.db().write().await?;
    store::sweep(&mut tx, app.clock().now()).await?;
    tx.commit().await?;
    Ok(())
}
