//! What the system knows of a person beyond the account: by what a record is seen to be about somebody.

use crate::text;

/// Whom a line, a record or a mail is about.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The account.
    pub id: String,
    /// Name, as the account has it.
    pub name: String,
    /// Mail address, or empty.
    pub email: String,
    /// Telephone, or empty.
    pub phone: String,
    /// The bodies that the person acts for as a business.
    pub bodies: Vec<String>,
}

impl Known {
    /// Whether a contact is this person: by the mail address, or by the name together with the telephone or with `own`, that is
    /// a record which the person or the person's business made. A name alone may be another's.
    pub fn is(&self, contact: &str, phone: &str, email: &str, own: bool) -> bool {
        let same = |known: &str, given: &str| !known.is_empty() && text::fold(known) == text::fold(given);
        let named = same(&self.name, contact);
        same(&self.email, email) || named && (own || same(&self.phone, phone)) || same(&self.phone, phone) && contact.is_empty()
    }
}
