//! What the ministry's tables (PTNT_OCOP, DanhGiaSanPhamOCOP) have that no list of an office has. Their columns are names of the
//! layout. Pure.

/// Whether a unit's code is one that whoever made the table put where a unit was missing: "TMP0007".
pub fn is_temporary(unit: &str) -> bool {
    let rest = unit.trim().strip_prefix("TMP").or_else(|| unit.trim().strip_prefix("tmp"));
    rest.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}
