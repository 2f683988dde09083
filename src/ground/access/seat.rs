//! In which bodies a role may be held, which rows that opens, and how it is said in words. Pure.

use super::{Role, Voice};
use crate::error::{Both, both};

/// A body as far as it matters to who holds a role in it.
#[derive(Clone, Copy, Debug)]
pub struct Seat<'a> {
    /// Identifier.
    pub id: &'a str,
    /// Name.
    pub name: &'a str,
    /// Kind, as stored.
    pub kind: &'a str,
    /// The unit it sits in or governs.
    pub unit_id: Option<&'a str>,
    /// Name of that unit.
    pub unit_name: &'a str,
    /// Whether that unit is a commune, or a district, that exists.
    pub governs: bool,
}

impl Role {
    /// The unit below which rows are seen (none: those of the body alone), or why the role cannot be held there. A role never
    /// gets the whole city because something was left open: only roles of the city do, in offices of the city.
    pub fn unit_in(self, seat: Seat<'_>, province: &str) -> Result<Option<String>, Both> {
        if !self.kinds().iter().any(|kind| kind == seat.kind) {
            return Err(both(
                format!("Vai trò “{}” không giữ được ở {}; hãy chọn cơ quan, đơn vị phù hợp.", self.name(), seat.name),
                format!("The role “{}” cannot be held in {}; choose a body that fits.", self.name_en(), seat.name),
            ));
        }
        match self.voice() {
            Voice::Business | Voice::Association | Voice::Panel => Ok(None),
            Voice::Commune => match seat.unit_id {
                Some(unit) if seat.governs => Ok(Some(unit.to_owned())),
                _ => Err(both(
                    format!("{} không gắn với một xã, phường hiện nay nên không có cán bộ xã, phường.", seat.name),
                    format!("{} governs no commune of today, so it has no commune officials.", seat.name),
                )),
            },
            Voice::City if seat.kind == "people_committee" && seat.unit_id.is_some() => Err(both(
                format!("{} chỉ có vai trò cán bộ xã, phường.", seat.name),
                format!("{} has the role of commune official only.", seat.name),
            )),
            Voice::City => Ok(Some(seat.unit_id.unwrap_or(province).to_owned())),
        }
    }

    /// What somebody in this role will see and do, said before the invitation leaves.
    pub fn scope_words(self, seat: Seat<'_>) -> String {
        let area = if seat.unit_id.is_some() && !seat.unit_name.is_empty() { seat.unit_name } else { "toàn Thành phố" };
        self.opens().replace("{area}", area).replace("{body}", seat.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(kind: &'static str, unit_id: Option<&'static str>, governs: bool) -> Seat<'static> {
        Seat { id: "x", name: "Nơi thử", kind, unit_id, unit_name: "Xã Thử", governs }
    }

    #[test]
    fn a_role_is_held_where_it_fits() {
        assert_eq!(Role::COMMUNE.unit_in(seat("people_committee", Some("00577.2025"), true), "01"), Ok(Some("00577.2025".into())));
        for wrong in [
            seat("association", None, false),
            seat("people_committee", None, false),
            seat("department", None, false),
            seat("people_committee", Some("1"), false),
        ] {
            assert!(Role::COMMUNE.unit_in(wrong, "01").is_err(), "{wrong:?}");
        }
        assert_eq!(Role::SURVEYOR.unit_in(seat("department", None, false), "01"), Ok(Some("01".into())));
        assert_eq!(Role::SURVEYOR.unit_in(seat("division", Some("00577.2025"), true), "01"), Ok(Some("00577.2025".into())));
        for role in [Role::SURVEYOR, Role::LEADER, Role::INSPECTOR, Role::ADMINISTRATOR, Role::AUDITOR] {
            assert!(role.unit_in(seat("people_committee", Some("00577.2025"), true), "01").is_err(), "{role:?}");
            assert!(role.unit_in(seat("association", None, false), "01").is_err(), "{role:?}");
            assert!(role.unit_in(seat("enterprise", None, false), "01").is_err(), "{role:?}");
        }
        assert_eq!(Role::ASSOCIATION.unit_in(seat("association", None, false), "01"), Ok(None));
        assert_eq!(Role::BUSINESS.unit_in(seat("household", Some("00577.2025"), true), "01"), Ok(None));
        assert!(Role::BUSINESS.unit_in(seat("department", None, false), "01").is_err());
    }

    #[test]
    fn what_a_role_opens_is_said() {
        assert!(
            Role::COMMUNE.scope_words(seat("people_committee", Some("00577.2025"), true)).contains("sẽ thấy và sửa mọi hồ sơ của Xã Thử")
        );
        assert!(Role::SURVEYOR.scope_words(seat("department", None, false)).contains("toàn Thành phố"));
    }
}
