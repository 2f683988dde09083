//! Points whose days are a month, a year, "by 2023".

use super::*;

const HEAD: &str = "code,name,kind,unit,state,opened_on,closed_on,counted_by,source\n";

#[tokio::test]
async fn days_that_are_not_exact_are_kept_exported_and_imported_again_unchanged() {
    let (app, _folder) = ground().await;
    let typed = [
        ("V-1", "operating", "năm 2020", "", "2020", ""),
        ("V-2", "operating", "15/10/2022 (năm suy luận)", "", "2022?-10-15", ""),
        ("V-3", "closed", "trước 2021", "quý II/2023", "../2020", "2023-34"),
        ("V-4", "operating", "không rõ", "", "", ""),
    ];
    let rows: String = typed
        .iter()
        .map(|(code, state, opened, closed, ..)| format!("{code},Điểm {code},rest_stop,Phường Hà Đông,{state},{opened},{closed},city,sổ\n"))
        .collect();
    let report = import(&app, order(&format!("{HEAD}{rows}"))).await;
    assert_eq!(counts(&report), [4, 0, 0, 0], "{:?}", report.summary.faults);
    for (code, _, _, _, opened, closed) in typed {
        let point = point(app.db(), code).await;
        assert_eq!(
            (point.opened_on, point.opened_as.as_str(), point.closed_on, point.closed_as.as_str()),
            (None, opened, None, closed),
            "{code}"
        );
    }
    let mut tx = app.db().read().await.unwrap();
    let csv = exported(&app, &mut tx, FileKind::Csv).await;
    drop(tx);
    let before = lines(app.db()).await;
    let again = import(&app, order(&String::from_utf8(csv).unwrap())).await;
    assert_eq!(counts(&again), [0, 0, 4, 0], "{:?}", again.summary.faults);
    assert_eq!(lines(app.db()).await, before);
    let told = import(&app, order(&format!("{HEAD}V-1,Điểm V-1,rest_stop,Phường Hà Đông,operating,8/10/2020,,city,sổ\n"))).await;
    assert_eq!(counts(&told), [0, 1, 0, 0]);
    let exact = point(app.db(), "V-1").await;
    assert_eq!(
        (exact.opened_on.unwrap().to_string().as_str(), exact.opened_as.as_str(), exact.state_since.to_string().as_str()),
        ("2020-10-08", "", "2020-10-08")
    );
    let wrong = import(&app, order(&format!("{HEAD}V-9,X,rest_stop,Phường Hà Đông,closed,2023,đến năm 2021,city,sổ\n"))).await;
    assert!(wrong.summary.faults[0].line(Tongue::Vi).contains("trước ngày khai trương"), "{:?}", wrong.summary.faults);
}
