//! The columns of the points layout and the names they may have in a file. `docs/import-points.md` says the same to people.

use crate::text::{Tongue, fold};

/// A column of the layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Col {
    Code,
    Name,
    Kind,
    Address,
    Unit,
    Lon,
    Lat,
    AreaM2,
    Operator,
    OperatorKind,
    TaxCode,
    Contact,
    Phone,
    Hours,
    State,
    OpenedOn,
    ClosedOn,
    LastConfirmedOn,
    CountedBy,
    Source,
}

impl Col {
    /// All columns in the order of the layout.
    pub const ALL: [Col; 20] = [
        Col::Code,
        Col::Name,
        Col::Kind,
        Col::Address,
        Col::Unit,
        Col::Lon,
        Col::Lat,
        Col::AreaM2,
        Col::Operator,
        Col::OperatorKind,
        Col::TaxCode,
        Col::Contact,
        Col::Phone,
        Col::Hours,
        Col::State,
        Col::OpenedOn,
        Col::ClosedOn,
        Col::LastConfirmedOn,
        Col::CountedBy,
        Col::Source,
    ];

    /// The key, then the Vietnamese header, then other headers that lists in use have.
    fn names(self) -> &'static [&'static str] {
        match self {
            Col::Code => &["code", "Mã điểm", "Mã", "Mã số điểm"],
            Col::Name => &["name", "Tên điểm", "Tên", "Tên điểm bán hàng"],
            Col::Kind => &["kind", "Loại hình", "Loại hình địa điểm"],
            Col::Address => &["address", "Địa chỉ", "Địa chỉ điểm"],
            Col::Unit => &["unit", "Xã, phường", "Đơn vị hành chính", "Xã, phường, thị trấn", "Phường, xã"],
            Col::Lon => &["lon", "Kinh độ"],
            Col::Lat => &["lat", "Vĩ độ"],
            Col::AreaM2 => &["area_m2", "Diện tích (m2)", "Diện tích", "Diện tích (m²)"],
            Col::Operator => &["operator", "Đơn vị vận hành", "Đơn vị quản lý", "Chủ cơ sở"],
            Col::OperatorKind => &["operator_kind", "Loại đơn vị vận hành", "Loại đơn vị"],
            Col::TaxCode => &["tax_code", "Mã số thuế", "MST"],
            Col::Contact => &["contact", "Người liên hệ"],
            Col::Phone => &["phone", "Điện thoại", "Số điện thoại"],
            Col::Hours => &["hours", "Giờ mở cửa"],
            Col::State => &["state", "Trạng thái", "Tình trạng"],
            Col::OpenedOn => &["opened_on", "Ngày khai trương", "Ngày mở"],
            Col::ClosedOn => &["closed_on", "Ngày đóng cửa", "Ngày đóng"],
            Col::LastConfirmedOn => &["last_confirmed_on", "Ngày xác nhận gần nhất", "Ngày xác nhận"],
            Col::CountedBy => &["counted_by", "Được tính bởi", "Cấp thống kê"],
            Col::Source => &["source", "Nguồn", "Nguồn thông tin"],
        }
    }

    /// The key, as exports write it.
    pub fn key(self) -> &'static str {
        self.names()[0]
    }

    /// How messages call the column.
    pub fn name(self, tongue: Tongue) -> &'static str {
        tongue.pick(self.names()[1], self.names()[0])
    }

    /// The column that a header names, in any spelling.
    pub fn read(header: &str) -> Option<Col> {
        let folded = fold(header);
        if folded.is_empty() {
            return None;
        }
        Col::ALL.into_iter().find(|col| col.names().iter().any(|name| fold(name) == folded))
    }

    /// Width in a workbook, in characters.
    pub fn width(self) -> f64 {
        match self {
            Col::Name | Col::Address | Col::Operator | Col::Source => 36.0,
            Col::Unit => 28.0,
            Col::Kind | Col::Hours | Col::Contact => 20.0,
            _ => 14.0,
        }
    }
}

/// How many of these names the layout knows.
pub fn known(names: &[String]) -> usize {
    names.iter().filter(|name| Col::read(name).is_some()).count()
}

/// Where each column of the layout stands in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given([Option<usize>; 20]);

impl Given {
    /// Reads a header: where each column is, which names are unknown, which repeat.
    pub fn read(header: &[String]) -> (Given, Vec<String>, Vec<String>) {
        let (mut given, mut unknown, mut repeated) = (Given::default(), Vec::new(), Vec::new());
        for (at, name) in header.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            match Col::read(name) {
                None => unknown.push(name.clone()),
                Some(col) if given.has(col) => repeated.push(name.clone()),
                Some(col) => given.0[col as usize] = Some(at),
            }
        }
        (given, unknown, repeated)
    }

    /// Whether the file has this column.
    pub fn has(&self, col: Col) -> bool {
        self.0[col as usize].is_some()
    }

    /// Where it stands.
    pub fn at(&self, col: Col) -> Option<usize> {
        self.0[col as usize]
    }
}
