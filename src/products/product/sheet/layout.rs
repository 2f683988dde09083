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
    RecognisedBy,
    Recognition,
    /// Only read: with it, the unit's column holds the commune alone.
    District,
    /// Another province or a country that goods come from.
    Origin,
    /// Only read: the year of the decision, where its day is not given or beside it.
    Year,
    /// Only read: it names the unit where no other column does.
    Address,
    /// Only read, and compared with the certificates: the stars of today.
    StarsToday,
    /// Only read, and compared with the certificates: whether the recognition holds, in the words of the ministry's tables.
    Standing,
    /// Only read: what an assessment is called, in the ministry's tables; it may say of what kind it is.
    Assessment,
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
        Col::RecognisedBy,
        Col::Recognition,
        Col::District,
        Col::Origin,
        Col::Year,
        Col::Address,
        Col::StarsToday,
        Col::Standing,
        Col::Assessment,
    ];

    fn names(self) -> &'static [&'static str] {
        match self {
            Col::Code => &["code", "Mã sản phẩm", "Mã SP", "Mã", "Mã số sản phẩm", "Mã số", "Mã sản phẩm OCOP", "Ma_SanPham", "maSanPham"],
            Col::Name => &["name", "Tên sản phẩm", "Tên", "Sản phẩm", "Tên sản phẩm OCOP", "Sản phẩm OCOP", "TenSanPham"],
            Col::Producer => &[
                "producer",
                "Chủ thể",
                "Tên chủ thể",
                "Chủ thể sản xuất",
                "Chủ thể OCOP",
                "Tên chủ thể OCOP",
                "Tên chủ thể sản xuất",
                "Chủ thể sản xuất kinh doanh",
                "Chủ thể tham gia",
                "Cơ sở sản xuất",
                "Tên cơ sở",
                "Tên cơ sở sản xuất",
                "Đơn vị sản xuất",
                "ChuTheSXKD",
            ],
            Col::ProducerKind => &[
                "producer_kind",
                "Loại hình chủ thể",
                "Loại chủ thể",
                "Loại hình kinh doanh",
                "Loại hình tổ chức",
                "Loại hình sản xuất kinh doanh",
                "Loại hình",
            ],
            Col::TaxCode => &["tax_code", "Mã số thuế", "MST", "Mã số doanh nghiệp", "Mã số thuế chủ thể"],
            Col::Unit => &[
                "unit",
                "Xã, phường",
                "Đơn vị hành chính",
                "Xã, phường, thị trấn",
                "Phường, xã",
                "commune",
                "Xã",
                "Phường",
                "Tên xã",
                "Địa bàn",
                "Địa bàn xã, phường",
                "Ma_DonViHanhChinh",
                "maXa",
                "maDinhDanhXa",
            ],
            Col::Group => &["group", "Nhóm sản phẩm", "Nhóm", "Ngành hàng", "Nhóm ngành", "Ngành, nhóm sản phẩm", "NhomSanPham"],
            Col::Set => &["set", "Bộ sản phẩm", "Phân nhóm", "Phân nhóm sản phẩm"],
            Col::Stars => &[
                "stars",
                "Hạng sao",
                "Số sao",
                "Xếp hạng",
                "Phân hạng",
                "Hạng",
                "Sao",
                "Xếp hạng sao",
                "Hạng sao được công nhận",
                "Kết quả phân hạng",
                "Kết quả xếp hạng",
                "Kết quả",
                "Hạng sản phẩm",
                "XepHang",
                "ketQuaXepLoai",
            ],
            Col::Score => &["score", "Điểm", "Số điểm", "Điểm đánh giá", "Tổng điểm", "Điểm số", "Điểm trung bình", "thangDiem"],
            Col::DecisionNo => &[
                "decision_no",
                "Số quyết định",
                "Quyết định số",
                "Quyết định",
                "Số QĐ",
                "QĐ số",
                "QĐ",
                "Số quyết định công nhận",
                "Quyết định công nhận",
                "Số QĐ công nhận",
                "QĐ công nhận",
            ],
            Col::DecidedOn => &[
                "decided_on",
                "Ngày công nhận",
                "Ngày quyết định",
                "Ngày cấp",
                "Ngày QĐ",
                "Ngày ra quyết định",
                "Ngày ban hành",
                "Ngày ban hành quyết định",
                "Ngày ký",
                "Ngày ký quyết định",
                "Ngày, tháng, năm công nhận",
                "Thời gian công nhận",
                "Thời điểm công nhận",
                "Ngày được công nhận",
                "thoigGianDanhGia",
                "thoiGianDanhGia",
            ],
            Col::CertificateNo => &[
                "certificate_no",
                "Số giấy chứng nhận",
                "Giấy chứng nhận số",
                "Số GCN",
                "GCN số",
                "Giấy chứng nhận",
                "Số giấy chứng nhận OCOP",
            ],
            Col::ValidUntil => &[
                "valid_until",
                "Có giá trị đến",
                "Ngày hết hạn",
                "Hết hạn",
                "Hiệu lực đến",
                "Ngày hết hiệu lực",
                "Hết hiệu lực",
                "Thời hạn",
                "Có hiệu lực đến",
                "Giá trị đến",
                "Thời hạn đến",
            ],
            Col::Price => &["price", "Giá (đồng)", "Giá", "Giá bán", "Giá bán (đồng)", "Giá bán lẻ", "Giá bán (VNĐ)", "Đơn giá"],
            Col::Description => &["description", "Mô tả", "Mô tả sản phẩm", "Giới thiệu", "Giới thiệu sản phẩm"],
            Col::Lon => &["lon", "Kinh độ"],
            Col::Lat => &["lat", "Vĩ độ"],
            Col::Source => &["source", "Nguồn", "Nguồn thông tin"],
            Col::RecognisedBy => &[
                "recognised_by",
                "Cơ quan công nhận",
                "Cơ quan ban hành",
                "Cơ quan quyết định",
                "Cơ quan ra quyết định",
                "Cơ quan ban hành quyết định",
                "Cơ quan cấp",
                "Đơn vị công nhận",
                "Cấp công nhận",
                "Nơi cấp",
                "recognized_by",
                "coQuanThucHien",
            ],
            Col::Recognition => &[
                "recognition",
                "Lần công nhận",
                "Hình thức công nhận",
                "Loại công nhận",
                "Hình thức đánh giá",
                "Lần đánh giá",
                "Loại đánh giá",
            ],
            Col::District => &["district", "Quận, huyện", "Quận, huyện, thị xã", "Huyện, quận", "Huyện", "Quận"],
            Col::Origin => &["origin", "Xuất xứ", "Tỉnh, thành phố", "Tỉnh", "Quốc gia", "Tỉnh, thành phố, quốc gia", "Nước"],
            Col::Year => &[
                "year",
                "Năm",
                "Năm công nhận",
                "Năm đánh giá",
                "Năm cấp",
                "Năm được công nhận",
                "Năm đánh giá, phân hạng",
                "Năm quyết định",
                "Ma_ThoiGian",
            ],
            Col::Address => &[
                "address",
                "Địa chỉ",
                "Địa chỉ chủ thể",
                "Địa chỉ sản xuất",
                "Địa chỉ cơ sở",
                "Địa chỉ chủ thể sản xuất",
                "Nơi sản xuất",
                "Địa điểm sản xuất",
                "Địa chỉ trụ sở",
            ],
            Col::StarsToday => &[
                "stars_today",
                "Hạng sao hiện nay",
                "Hạng sao hiện tại",
                "Số sao hiện nay",
                "Số sao hiện tại",
                "Hạng hiện nay",
                "Hạng hiện tại",
                "Xếp hạng hiện nay",
                "Xếp hạng hiện tại",
            ],
            Col::Standing => &["standing", "Tình trạng hiệu lực", "Hiệu lực", "Tình trạng", "Trạng thái", "TrangThai"],
            Col::Assessment => &["assessment", "Tên đợt đánh giá", "Đợt đánh giá", "tenDanhGia"],
        }
    }

    fn place(self) -> usize {
        self as usize
    }
}

impl Col {
    /// The columns that files are written with.
    pub fn written() -> impl Iterator<Item = Col> {
        Col::ALL
            .iter()
            .copied()
            .filter(|col| !matches!(col, Col::District | Col::Year | Col::Address | Col::StarsToday | Col::Standing | Col::Assessment))
    }

    /// The columns of a certificate: what a list has once for each recognition.
    pub const PAPER: [Col; 9] = [
        Col::Stars,
        Col::Score,
        Col::DecisionNo,
        Col::DecidedOn,
        Col::Year,
        Col::CertificateNo,
        Col::ValidUntil,
        Col::RecognisedBy,
        Col::Recognition,
    ];

    /// Whether it is one of these.
    pub fn is_paper(self) -> bool {
        Col::PAPER.contains(&self)
    }

    /// Width in a workbook, in characters.
    pub fn width(self) -> f64 {
        match self {
            Col::Description => 60.0,
            Col::Name | Col::Producer | Col::Source => 36.0,
            Col::Unit | Col::Group => 28.0,
            Col::RecognisedBy => 28.0,
            Col::DecisionNo | Col::CertificateNo | Col::ProducerKind | Col::Set => 18.0,
            _ => 14.0,
        }
    }
}
