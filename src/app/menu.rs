//! What stands in the navigation, in its order.

use crate::page::menu::{Entry, Place};
use crate::product::model::KEEPER;

const fn entry(place: Place, path: &'static str, name: &'static str) -> Entry {
    Entry { place, path, name, power: None }
}

/// All entries.
pub const ENTRIES: &[Entry] = &[
    entry(Place::Main, "/van-dong", "Vận động"),
    entry(Place::Main, "/dot-de-nghi", "Đợt đề nghị"),
    entry(Place::Main, "/lua-chon", "Lựa chọn"),
    entry(Place::Main, "/kiem-tra", "Kiểm tra"),
    entry(Place::Main, "/cong-bo", "Công bố"),
    entry(Place::Main, "/san-pham-ocop", "Sản phẩm"),
    entry(Place::Main, "/ket-noi", "Kết nối"),
    entry(Place::Main, "/so-diem", "Sổ theo ngày"),
    entry(Place::More, "/ke-hoach", "Kế hoạch"),
    entry(Place::More, "/bo-tieu-chi", "Bộ tiêu chí"),
    entry(Place::More, "/nhap", "Nhập, xuất"),
    entry(Place::More, "/van-dong/lang-nghe", "Làng nghề"),
    entry(Place::More, "/thong-so", "Thông số"),
    entry(Place::More, "/nguoi-dung", "Người dùng"),
    entry(Place::More, "/chu-the", "Chủ thể"),
    entry(Place::More, "/co-quan", "Cơ quan"),
    entry(Place::More, "/nhat-ky", "Nhật ký"),
    entry(Place::Products, "/san-pham-ocop", "Sổ sản phẩm"),
    entry(Place::Products, "/san-pham-ocop/het-han", "Phải đánh giá lại"),
    entry(Place::Products, "/dang-ky-san-pham", "Đăng ký năm"),
    entry(Place::Products, "/ho-tro-chu-the", "Hỗ trợ chủ thể"),
    Entry { power: Some(KEEPER), ..entry(Place::Products, "/phoi-giay", "Phôi giấy chứng nhận") },
    entry(Place::Products, "/san-pham-ocop/tong-so", "Tổng số đã công bố"),
    entry(Place::Connections, "/ket-noi", "Sổ kết nối"),
    entry(Place::Connections, "/ket-noi/go", "Gỡ khỏi kệ"),
    entry(Place::Connections, "/ghep-noi", "Ghép nối"),
    entry(Place::Connections, "/ghep-noi/chua-ket-noi", "Chưa kết nối"),
    entry(Place::Connections, "/hoi-nghi", "Hội nghị"),
    entry(Place::Connections, "/ket-qua", "Kết quả tháng"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Need;

    #[test]
    fn every_entry_leads_to_a_page_that_asks_for_somebody() {
        let routes = crate::app::routes();
        for entry in ENTRIES {
            let need = routes.needs().iter().find(|(method, path, _)| method == "GET" && path == entry.path).map(|(.., need)| *need);
            assert!(need.is_some_and(|need| need != Need::Public), "{}", entry.path);
            let twice = ENTRIES.iter().filter(|other| other.place == entry.place && other.path == entry.path).count();
            assert_eq!(twice, 1, "{}", entry.path);
        }
    }
}
