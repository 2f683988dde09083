//! What stands in the navigation, in its order.

use crate::access::Act::{self, *};
use crate::page::menu::{Area, Entry};
use crate::product::model::KEEPER;

const fn at(area: Area, path: &'static str, name: &'static str) -> Entry {
    Entry::new(area, path, name)
}

/// Who has use of the list of agencies: what others read of a body stands where it is named.
const BODIES: &[Act] = &[KeepBodies, JoinBodies, Audit];

/// All entries.
pub const ENTRIES: &[Entry] = &[
    at(Area::Work, "/viec", "Việc của tôi"),
    at(Area::Points, "/ho-so", "Hồ sơ điểm").also(&["/khao-sat", "/hop"]),
    at(Area::Points, "/van-dong", "Địa điểm tiềm năng"),
    at(Area::Points, "/van-dong/con-thieu", "Nơi còn thiếu điểm"),
    at(Area::Points, "/dot-de-nghi", "Đợt đề nghị"),
    at(Area::Points, "/lua-chon", "Lựa chọn").also(&["/quyet-dinh"]),
    at(Area::Points, "/kiem-tra", "Kiểm tra"),
    at(Area::Points, "/cong-bo", "Công bố"),
    at(Area::Points, "/van-dong/lang-nghe", "Làng nghề").for_acts(&[Mobilise, KeepVillages, Audit]),
    at(Area::Products, "/san-pham-ocop", "Sổ sản phẩm"),
    at(Area::Products, "/san-pham-ocop/het-han", "Phải đánh giá lại"),
    at(Area::Products, "/dang-ky-san-pham", "Đăng ký năm"),
    at(Area::Products, "/ho-so-danh-gia", "Hồ sơ đánh giá").also(&["/minh-chung"]),
    at(Area::Products, "/phien-danh-gia", "Phiên đánh giá"),
    at(Area::Products, "/phien-cua-toi", "Phiên của tôi"),
    at(Area::Products, "/ho-tro-chu-the", "Hỗ trợ chủ thể"),
    at(Area::Products, "/phoi-giay", "Phôi giấy chứng nhận").with_power(KEEPER),
    at(Area::Products, "/chu-the", "Chủ thể"),
    at(Area::Products, "/ket-noi", "Kết nối điểm bán"),
    at(Area::Products, "/ket-noi/go", "Gỡ khỏi kệ"),
    at(Area::Products, "/ghep-noi", "Ghép nối"),
    at(Area::Products, "/ghep-noi/chua-ket-noi", "Chưa kết nối"),
    at(Area::Products, "/ket-qua", "Kết quả tháng"),
    at(Area::Events, "/hoi-nghi", "Hội nghị kết nối"),
    at(Area::Office, "/ke-hoach", "Kế hoạch"),
    at(Area::Office, "/hoi-dong", "Hội đồng, tổ công tác"),
    at(Area::Office, "/so-diem", "Sổ điểm theo ngày"),
    at(Area::Office, "/san-pham-ocop/tong-so", "Tổng số sản phẩm đã công bố"),
    at(Area::Papers, "/bo-tieu-chi", "Bộ tiêu chí"),
    at(Area::Papers, "/phieu-danh-gia", "Phiếu đánh giá sản phẩm"),
    at(Area::Papers, "/quy-che-hoi-dong", "Quy chế hội đồng"),
    at(Area::Papers, "/ket-noi/can-cu", "Căn cứ trưng bày"),
    at(Area::Papers, "/giay-to-san-pham", "Giấy tờ của sản phẩm"),
    at(Area::Admin, "/nguoi-dung", "Người dùng"),
    at(Area::Admin, "/co-quan", "Cơ quan").for_acts(BODIES),
    at(Area::Admin, "/nhap", "Nhập, xuất").for_acts(&[ImportPoints, ImportProducts, ReadPointImports, ReadProductImports]),
    at(Area::Admin, "/thong-so", "Thông số"),
    at(Area::Admin, "/thong-so/ngay-nghi", "Ngày nghỉ lễ").for_acts(&[ReadSettings]),
    at(Area::Admin, "/nhat-ky", "Nhật ký"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Need, Role};
    use crate::store_test;
    use crate::testing::TestApp;

    #[test]
    fn every_entry_leads_to_a_page_that_asks_for_somebody() {
        let routes = crate::app::routes();
        for entry in ENTRIES {
            let need =
                |path: &str| routes.needs().iter().find(|(method, known, _)| method == "GET" && known == path).map(|(.., need)| *need);
            assert!(need(entry.path).is_some_and(|need| need != Need::Public), "{}", entry.path);
            assert_eq!(ENTRIES.iter().filter(|other| other.path == entry.path).count(), 1, "{}", entry.path);
            for also in entry.also {
                assert!(routes.needs().iter().any(|(_, known, _)| known.starts_with(&format!("{also}/"))), "{also}");
            }
        }
    }

    /// The pages of the column of areas, one area a line.
    fn column(body: &str) -> String {
        let nav = body.split("<nav id=\"nav\"").nth(1).and_then(|rest| rest.split("</nav>").next()).unwrap();
        let area = |part: &str| {
            let names: Vec<&str> = part.split("href=\"").skip(1).filter_map(|link| link.split('"').next()).collect();
            format!("  {}: {}\n", part.split('"').next().unwrap(), names.join(" "))
        };
        nav.split("data-area=\"").skip(1).map(area).collect()
    }

    store_test! {
        /// What each role finds, area by area: read again at each change.
        async fn the_navigation_of_each_role(app: TestApp) {
            let mut told = String::new();
            for role in Role::all() {
                let body = app.sign_in(role).await.get("/viec").await.expect(200).body;
                let column = column(&body);
                assert!(column.contains(role.door()), "{role:?} cannot open its main page {}", role.door());
                told.push_str(&format!("{} (main page {})\n{column}", role.name(), role.door()));
            }
            insta::assert_snapshot!("navigation", told);
        }
    }
}
