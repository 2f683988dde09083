//! The columns of the points layout and the names they may have in a file. `docs/import-points.md` says the same to people.

use crate::sheet::Columns;

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

impl Columns for Col {
    const ALL: &'static [Col] = &[
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

    fn place(self) -> usize {
        self as usize
    }
}

impl Col {
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
