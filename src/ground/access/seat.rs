//! In which bodies a role may be held, which rows that opens, and how it is said in words. Pure.

use super::Role;
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
    /// Whether that unit is a commune of today.
    pub in_commune: bool,
}

const MAKERS: &[&str] = &["", "enterprise", "cooperative", "group", "household", "state_unit", "travel_firm"];
const OFFICES: &[&str] = &["department", "division", "centre", "office", "people_committee", "other"];
const READERS: &[&str] = &["department", "division", "centre", "office", "people_committee", "ministry", "other"];

impl Role {
    /// Kinds of body in which the role may be held.
    pub fn kinds(self) -> &'static [&'static str] {
        match self {
            Role::Business => MAKERS,
            Role::Association => &["association"],
            Role::Commune => &["people_committee"],
            Role::Auditor => READERS,
            Role::Surveyor | Role::Leader | Role::Inspector | Role::Administrator => OFFICES,
        }
    }

    /// What the role is for, in one line.
    pub fn task(self) -> &'static str {
        match self {
            Role::Business => "Đăng ký và theo dõi điểm bán, sản phẩm của chính đơn vị mình.",
            Role::Commune => "Xem, bổ sung và đề nghị hồ sơ trên địa bàn một xã, phường.",
            Role::Surveyor => "Tiếp nhận, khảo sát hồ sơ toàn Thành phố theo việc của cơ quan mình.",
            Role::Leader => "Lựa chọn điểm, quyết định vận dụng tiêu chí, xem toàn Thành phố.",
            Role::Inspector => "Kiểm tra các điểm đang hoạt động toàn Thành phố.",
            Role::Association => "Đề nghị, đồng hành với các điểm mà hội mình giới thiệu hoặc hỗ trợ.",
            Role::Administrator => "Quản lý người dùng, cơ quan, thông số, nhập liệu.",
            Role::Auditor => "Đọc tất cả, kể cả nhật ký; không thay đổi gì.",
        }
    }

    /// The unit below which rows are seen (none: those of the body alone), or why the role cannot be held there. A role never
    /// gets the whole city because something was left open: only roles of the city do, in offices of the city.
    pub fn unit_in(self, seat: Seat<'_>, province: &str) -> Result<Option<String>, Both> {
        if !self.kinds().contains(&seat.kind) {
            return Err(both(
                format!("Vai trò “{}” không giữ được ở {}; hãy chọn cơ quan, đơn vị phù hợp.", self.name(), seat.name),
                format!("The role “{}” cannot be held in {}; choose a body that fits.", self.name(), seat.name),
            ));
        }
        match self {
            Role::Business | Role::Association => Ok(None),
            Role::Commune => match seat.unit_id {
                Some(unit) if seat.in_commune => Ok(Some(unit.to_owned())),
                _ => Err(both(
                    format!("{} không gắn với một xã, phường hiện nay nên không có cán bộ xã, phường.", seat.name),
                    format!("{} governs no commune of today, so it has no commune officials.", seat.name),
                )),
            },
            _ if seat.kind == "people_committee" && seat.unit_id.is_some() => Err(both(
                format!("{} chỉ có vai trò cán bộ xã, phường.", seat.name),
                format!("{} has the role of commune official only.", seat.name),
            )),
            _ => Ok(Some(seat.unit_id.unwrap_or(province).to_owned())),
        }
    }

    /// What somebody in this role will see and do, said before the invitation leaves.
    pub fn scope_words(self, seat: Seat<'_>) -> String {
        let area = if seat.unit_id.is_some() && !seat.unit_name.is_empty() { seat.unit_name } else { "toàn Thành phố" };
        match self {
            Role::Business => format!("sẽ thấy và sửa mọi điểm bán, sản phẩm của {}.", seat.name),
            Role::Association => format!("sẽ thấy và sửa các điểm mà {} đề nghị hoặc hỗ trợ.", seat.name),
            Role::Commune => {
                format!("sẽ thấy và sửa mọi hồ sơ của {area}, kể cả điện thoại và thư điện tử của chủ cơ sở, và đề nghị lên Sở.")
            }
            Role::Surveyor => format!(
                "sẽ thấy mọi hồ sơ {area}, kể cả điện thoại và thư điện tử của chủ cơ sở; tiếp nhận, khảo sát theo việc của {}.",
                seat.name
            ),
            Role::Leader => format!("sẽ thấy mọi hồ sơ {area} và quyết định lựa chọn, vận dụng tiêu chí nhân danh {}.", seat.name),
            Role::Inspector => format!("sẽ thấy mọi điểm {area}, ghi kết quả kiểm tra."),
            Role::Administrator => "sẽ mời, khóa người dùng và đổi cơ quan, thông số của cả hệ thống.".to_owned(),
            Role::Auditor => format!("sẽ đọc mọi hồ sơ {area} và toàn bộ nhật ký, không sửa được gì."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(kind: &'static str, unit_id: Option<&'static str>, in_commune: bool) -> Seat<'static> {
        Seat { id: "x", name: "Nơi thử", kind, unit_id, unit_name: "Xã Thử", in_commune }
    }

    #[test]
    fn a_role_is_held_where_it_fits() {
        assert_eq!(Role::Commune.unit_in(seat("people_committee", Some("00577.2025"), true), "01"), Ok(Some("00577.2025".into())));
        for wrong in [
            seat("association", None, false),
            seat("people_committee", None, false),
            seat("department", None, false),
            seat("people_committee", Some("1"), false),
        ] {
            assert!(Role::Commune.unit_in(wrong, "01").is_err(), "{wrong:?}");
        }
        assert_eq!(Role::Surveyor.unit_in(seat("department", None, false), "01"), Ok(Some("01".into())));
        assert_eq!(Role::Surveyor.unit_in(seat("division", Some("00577.2025"), true), "01"), Ok(Some("00577.2025".into())));
        for role in [Role::Surveyor, Role::Leader, Role::Inspector, Role::Administrator, Role::Auditor] {
            assert!(role.unit_in(seat("people_committee", Some("00577.2025"), true), "01").is_err(), "{role:?}");
            assert!(role.unit_in(seat("association", None, false), "01").is_err(), "{role:?}");
            assert!(role.unit_in(seat("enterprise", None, false), "01").is_err(), "{role:?}");
        }
        assert_eq!(Role::Association.unit_in(seat("association", None, false), "01"), Ok(None));
        assert_eq!(Role::Business.unit_in(seat("household", Some("00577.2025"), true), "01"), Ok(None));
        assert!(Role::Business.unit_in(seat("department", None, false), "01").is_err());
    }

    #[test]
    fn what_a_role_opens_is_said() {
        assert!(
            Role::Commune.scope_words(seat("people_committee", Some("00577.2025"), true)).contains("sẽ thấy và sửa mọi hồ sơ của Xã Thử")
        );
        assert!(Role::Surveyor.scope_words(seat("department", None, false)).contains("toàn Thành phố"));
    }
}
