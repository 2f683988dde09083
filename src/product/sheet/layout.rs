//! The columns of the products layout and the names they may have in a file. `docs/import-products.md` says the same to people.

use crate::sheet::Columns;

/// A column of the layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Col {
    Code,
    Name,
    Producer,
    ProducerKind,
    TaxCode,
    Unit,
    Group,
    Set,
    Stars,
    Score,
    DecisionNo,
    DecidedOn,
    CertificateNo,
    ValidUntil,
    Price,
    Description,
    Lon,
    Lat,
    Source,
    /// Only read: with it, the unit's column holds the commune alone.
    District,
    /// Another province or a country that goods come from.
    Origin,
    /// Only read: it names the unit where no other column does.
    Address,
}

impl Columns for Col {
    const ALL: &'static [Col] = &[
        Col::Code,
        Col::Name,
        Col::Producer,
        Col::ProducerKind,
        Col::TaxCode,
        Col::Unit,
        Col::Group,
        Col::Set,
        Col::Stars,
        Col::Score,
        Col::DecisionNo,
        Col::DecidedOn,
        Col::CertificateNo,
        Col::ValidUntil,
        Col::Price,
        Col::Description,
        Col::Lon,
        Col::Lat,
        Col::Source,
        Col::District,
        Col::Origin,
        Col::Address,
    ];

    fn names(self) -> &'static [&'static str] {
        match self {
            Col::Code => &["code", "Mã sản phẩm", "Mã SP", "Mã", "Mã số sản phẩm"],
            Col::Name => &["name", "Tên sản phẩm", "Tên", "Sản phẩm"],
            Col::Producer => &["producer", "Chủ thể", "Tên chủ thể", "Chủ thể sản xuất", "Cơ sở sản xuất"],
            Col::ProducerKind => &["producer_kind", "Loại hình chủ thể", "Loại chủ thể"],
            Col::TaxCode => &["tax_code", "Mã số thuế", "MST"],
            Col::Unit => &["unit", "Xã, phường", "Đơn vị hành chính", "Xã, phường, thị trấn", "Phường, xã", "commune"],
            Col::Group => &["group", "Nhóm sản phẩm", "Nhóm"],
            Col::Set => &["set", "Bộ sản phẩm", "Phân nhóm"],
            Col::Stars => &["stars", "Hạng sao", "Số sao", "Xếp hạng", "Phân hạng", "Hạng"],
            Col::Score => &["score", "Điểm", "Số điểm", "Điểm đánh giá"],
            Col::DecisionNo => &["decision_no", "Số quyết định", "Quyết định số", "Quyết định"],
            Col::DecidedOn => &["decided_on", "Ngày công nhận", "Ngày quyết định", "Ngày cấp"],
            Col::CertificateNo => &["certificate_no", "Số giấy chứng nhận", "Giấy chứng nhận số", "Số GCN"],
            Col::ValidUntil => &["valid_until", "Có giá trị đến", "Ngày hết hạn", "Hết hạn", "Hiệu lực đến"],
            Col::Price => &["price", "Giá (đồng)", "Giá", "Giá bán", "Giá bán (đồng)"],
            Col::Description => &["description", "Mô tả", "Mô tả sản phẩm", "Giới thiệu"],
            Col::Lon => &["lon", "Kinh độ"],
            Col::Lat => &["lat", "Vĩ độ"],
            Col::Source => &["source", "Nguồn", "Nguồn thông tin"],
            Col::District => &["district", "Quận, huyện", "Quận, huyện, thị xã", "Huyện, quận"],
            Col::Origin => &["origin", "Xuất xứ", "Tỉnh, thành phố", "Tỉnh", "Quốc gia", "Tỉnh, thành phố, quốc gia", "Nước"],
            Col::Address => &["address", "Địa chỉ", "Địa chỉ chủ thể", "Địa chỉ sản xuất", "Địa chỉ cơ sở"],
        }
    }

    fn place(self) -> usize {
        self as usize
    }
}

impl Col {
    /// The columns that files are written with.
    pub fn written() -> impl Iterator<Item = Col> {
        Col::ALL.iter().copied().filter(|col| !matches!(col, Col::District | Col::Address))
    }

    /// Width in a workbook, in characters.
    pub fn width(self) -> f64 {
        match self {
            Col::Description => 60.0,
            Col::Name | Col::Producer | Col::Source => 36.0,
            Col::Unit | Col::Group => 28.0,
            Col::DecisionNo | Col::CertificateNo | Col::ProducerKind | Col::Set => 18.0,
            _ => 14.0,
        }
    }
}
