//! Certificates whose day is a month, a year, "by 2023".

use super::*;
use crate::product::model::Claim;
use crate::text::Edtf;

fn row(decided: &str, more: &str) -> String {
    format!(
        "code,name,producer,producer_kind,unit,group,stars,decision_no,decided_on,certificate_no\nV-1,Trà sen,Hộ Hai,household,09556.2025,drink,4,11/QĐ-UBND,{decided},{more}\n"
    )
}

#[test]
fn a_certificate_known_by_year_begins_as_early_and_ends_as_late_as_it_can() {
    let claim = |word: &str| Claim { stars: Some(4), decided: Edtf::parse(word), ..Claim::default() };
    let made = |word: &str| claim(word).certificate("p", 36, "", "x", crate::testing::begin()).unwrap();
    let exact = |word: &str| made(word).valid_to;
    for (word, from, to) in [
        ("2023", "2023-01-01", "2023-12-31"),
        ("2023-05", "2023-05-01", "2023-05-31"),
        ("../2023", "2018-01-01", "2023-12-31"),
        ("2022?-10-15", "2022-10-15", "2022-10-15"),
    ] {
        let certificate = made(word);
        assert_eq!(
            (certificate.valid_from, certificate.valid_to),
            (day(from), exact(to)),
            "{word}: to the end that follows from its last day"
        );
        assert_eq!((certificate.decided_on, certificate.decided_as.as_str(), certificate.is_vague()), (None, word, true));
    }
    assert!(!claim("2023-05-05").certificate("p", 36, "", "x", crate::testing::begin()).unwrap().is_vague());
    let faults = |word: &str| claim(word).faults(36, begin_day()).len();
    assert_eq!(["2023", "2026", "../2023", "2027", "2020/..", "2015"].map(faults), [0, 0, 0, 1, 1, 1]);
}

store_test! {
    async fn a_day_that_is_not_exact_is_kept_completed_and_never_lost(app: TestApp) {
        assert_eq!(counts(&import(app, order(&row("năm 2024", ""))).await), [1, 0, 0, 0]);
        let (_, known) = product(app, "V-1").await;
        assert_eq!((known.len(), known[0].decided_on, known[0].decided_as.as_str(), known[0].valid_from), (1, None, "2024", day("2024-01-01")));
        let late = known[0].valid_to;
        let lines = journal_lines(app).await;
        assert_eq!(counts(&import(app, order(&row("2024", ""))).await), [0, 0, 1, 0]);
        // the export says the same again
        let mut tx = app.db().read().await.unwrap();
        let csv = Export::new(Products::new(&app.app, &Scope::All), Format::Csv).whole(&mut tx).await.unwrap();
        drop(tx);
        assert!(String::from_utf8_lossy(&csv).contains(",2024,"), "{}", String::from_utf8_lossy(&csv));
        let again = import(app, order(&String::from_utf8(csv).unwrap())).await;
        assert_eq!((counts(&again), journal_lines(app).await), ([0, 0, 1, 0], lines), "{:?}", told(&again));
        // it is asked about
        let keeper = app.sign_in_as("sanpham@ocop.example").await;
        keeper.get("/san-pham-ocop/ngay-chua-ro").await.expect(200).says("Trà sen").says("năm 2024");
        keeper.get("/viec").await.expect(200).says("Cần ghi ngày quyết định");
        // an exact day completes it, one that is less exact loses nothing
        assert_eq!(counts(&import(app, order(&row("2024-06-05", ""))).await), [0, 1, 0, 0]);
        let (_, exact) = product(app, "V-1").await;
        assert_eq!((exact.len(), exact[0].decided_on, exact[0].decided_as.as_str()), (1, Some(day("2024-06-05")), ""));
        assert!(exact[0].valid_to < late);
        assert_eq!(counts(&import(app, order(&row("6/2024", ""))).await), [0, 0, 1, 0]);
        let fault = import(app, order(&row("cuối năm 2024", ""))).await;
        assert!(told(&fault)[0].contains("không đọc được thành ngày"), "{:?}", told(&fault));
    }
}
