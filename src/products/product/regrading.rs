//! A file for re-grading: what may be recorded, how long the certificate runs on by it, what ends that. Pure.

use chrono::{Days, NaiveDate};

use super::model::Certificate;
use super::term::{self, Filing, Regrading};
use crate::error::{Refusal, both};
use crate::text::date_vi;

/// What the law leaves open and an administrator sets, in days; 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leeway {
    /// How long after the last day a file may still come.
    pub late_file: u64,
    /// How long a certificate runs on whose file came in time and has no result by the last day.
    pub timely_run: u64,
}

fn refuse(vi: String, en: String, todo_vi: &'static str, todo_en: &'static str) -> Refusal {
    Refusal::rule("regrading", both(vi, en), both(todo_vi, todo_en))
}

/// Records a file of a number and a day. By a file that could not come in the time for filing the certificate runs on.
///
/// # Errors
/// A day that has not come; a certificate that was withdrawn, has a file already or ended before the rule; a file that comes
/// before the time for filing, or too late.
pub fn file(mut certificate: Certificate, no: &str, on: NaiveDate, leeway: Leeway, today: NaiveDate) -> Result<Certificate, Refusal> {
    let last = certificate.last_day();
    if on > today {
        return Err(refuse(
            format!("Ngày {} chưa đến.", date_vi(on)),
            format!("{} has not come.", date_vi(on)),
            "Hãy ghi ngày UBND xã, phường nhận hồ sơ.",
            "Give the day on which the commune received the file.",
        ));
    }
    if let Some(day) = certificate.withdrawn_on {
        return Err(refuse(
            format!("Giấy chứng nhận này đã bị thu hồi từ ngày {}.", date_vi(day)),
            format!("This certificate was withdrawn from {}.", date_vi(day)),
            "Sản phẩm phải đăng ký như sản phẩm mới.",
            "The product has to register as a new one.",
        ));
    }
    if !certificate.file_no.is_empty() {
        let of = certificate.file_on.map(date_vi).unwrap_or_default();
        return Err(refuse(
            format!("Giấy chứng nhận này đã có hồ sơ đánh giá lại số {} ngày {of}.", certificate.file_no),
            format!("This certificate has a re-grading file already: {} of {of}.", certificate.file_no),
            "Một giấy chứng nhận chỉ có một hồ sơ; hãy ghi kết quả của hồ sơ đó.",
            "A certificate has one file; record the result of that one.",
        ));
    }
    let Some(rule) = term::regrading(last) else {
        return Err(refuse(
            format!("Giấy chứng nhận hết hạn ngày {}, trước khi có quy định về nộp hồ sơ đánh giá lại và kéo dài.", date_vi(last)),
            format!("The certificate ended on {}, before there was a rule on filing and running on.", date_vi(last)),
            "Khi có quyết định công nhận lại, hãy ghi giấy chứng nhận mới.",
            "Record the new certificate once the product is recognised again.",
        ));
    };
    let until = rule.runs_until(last);
    let runs_to = match rule.filing(last, on) {
        Filing::Early => {
            let opens = date_vi(rule.opens_on(last));
            return Err(refuse(
                format!("Ngày {} sớm hơn {} ngày trước ngày hết hạn; hồ sơ được nhận từ ngày {opens}.", date_vi(on), rule.opens),
                format!("{} is more than {} days before the end; files are taken from {opens}.", date_vi(on), rule.opens),
                "Hãy nộp lại và ghi hồ sơ trong thời gian đó.",
                "File again and record it in that time.",
            ));
        }
        Filing::Open => (leeway.timely_run > 0).then(|| certificate.valid_to + Days::new(leeway.timely_run)),
        Filing::Late => until.succ_opt(),
        Filing::After if on <= last + Days::new(leeway.late_file) => until.succ_opt(),
        Filing::After => {
            return Err(refuse(
                format!(
                    "Ngày {} sau ngày cuối của giấy chứng nhận ({}); hồ sơ nộp khi giấy đã hết hạn không kéo dài được giấy.",
                    date_vi(on),
                    date_vi(last)
                ),
                format!(
                    "{} lies after the last day of the certificate ({}); a file that comes then does not make it run on.",
                    date_vi(on),
                    date_vi(last)
                ),
                "Văn bản không nói về trường hợp này; nếu cơ quan có thẩm quyền cho phép, quản trị viên đặt số ngày ở mục Thông số.",
                "The law does not speak of this case; if the competent agency allows it, an administrator sets the days under Thông số.",
            ));
        }
    };
    if runs_to.is_some_and(|to| to <= today) || (runs_to.is_none() && last < today) {
        return Err(refuse(
            format!("Thời gian có thể kéo dài đã hết ngày {}.", date_vi(if runs_to.is_some() { until } else { last })),
            format!("The time it could run on ended on {}.", date_vi(if runs_to.is_some() { until } else { last })),
            "Khi có quyết định công nhận lại, hãy ghi giấy chứng nhận mới.",
            "Record the new certificate once the product is recognised again.",
        ));
    }
    certificate.file_no = no.to_owned();
    certificate.file_on = Some(on);
    certificate.runs_to = runs_to;
    Ok(certificate)
}

/// Records that the product is not recognised again: from that day on the certificate runs on no longer.
///
/// # Errors
/// A certificate without a file that waits for its result; a day before the file or in the future.
pub fn refused(mut certificate: Certificate, no: &str, on: NaiveDate, today: NaiveDate) -> Result<Certificate, Refusal> {
    let Some(filed) = certificate.file_on.filter(|_| certificate.file_refused_on.is_none() && certificate.withdrawn_on.is_none()) else {
        return Err(refuse(
            "Không có hồ sơ đánh giá lại nào đang chờ kết quả.".to_owned(),
            "No re-grading file waits for its result.".to_owned(),
            "Hãy ghi hồ sơ trước.",
            "Record the file first.",
        ));
    };
    if on < filed || on > today {
        return Err(refuse(
            format!("Ngày của kết quả phải từ ngày nộp hồ sơ ({}) đến hôm nay.", date_vi(filed)),
            format!("The day of the result lies between the day of the file ({}) and today.", date_vi(filed)),
            "Hãy kiểm tra lại ngày.",
            "Check the day.",
        ));
    }
    certificate.file_refused_on = Some(on);
    certificate.file_refused_no = no.to_owned();
    certificate.runs_to = certificate.runs_to.map(|to| to.min(on));
    Ok(certificate)
}

/// What the producer can do on a day about the end of a certificate, as a sentence that goes on after "sản phẩm:". `commune` is
/// whom to hand the file to.
pub fn to_do(certificate: &Certificate, rule: Option<&Regrading>, commune: &str, today: NaiveDate) -> String {
    let last = certificate.last_day();
    if !certificate.file_no.is_empty() && certificate.file_refused_on.is_none() {
        let of = certificate.file_on.map(date_vi).unwrap_or_default();
        return match certificate.runs_until() {
            Some(until) => format!(
                "đang đánh giá lại theo hồ sơ số {} ngày {of}, kéo dài đến khi có kết quả, không quá ngày {}",
                certificate.file_no,
                date_vi(until)
            ),
            None => format!(
                "đã có hồ sơ đánh giá lại số {} ngày {of}; giấy chứng nhận không kéo dài quá ngày {}, đề nghị có kết quả trước ngày đó",
                certificate.file_no,
                date_vi(last)
            ),
        };
    }
    let Some(rule) = rule else {
        return "đề nghị chủ thể đăng ký đánh giá, phân hạng lại; hồ sơ đã có được dùng lại".to_owned();
    };
    let (opens, closes, until) = (rule.opens_on(last), rule.closes_on(last), rule.runs_until(last));
    match rule.filing(last, today) {
        Filing::Early => format!("từ ngày {} đến hết ngày {} nộp hồ sơ đánh giá lại tại {commune}", date_vi(opens), date_vi(closes)),
        Filing::Open if today == closes => format!("hôm nay, ngày {}, là ngày cuối nộp hồ sơ đánh giá lại tại {commune}", date_vi(closes)),
        Filing::Open => format!("từ hôm nay đến hết ngày {} nộp hồ sơ đánh giá lại tại {commune}", date_vi(closes)),
        Filing::Late => format!(
            "thời gian nộp hồ sơ đánh giá lại đã hết ngày {}; hồ sơ nộp từ nay đến hết ngày {} tại {commune} là nộp chậm: giấy chứng nhận tiếp tục có hiệu lực đến khi có kết quả, không quá ngày {}",
            date_vi(closes),
            date_vi(last),
            date_vi(until)
        ),
        Filing::After => format!(
            "nếu hồ sơ đánh giá lại đã nộp tại {commune} chậm nhất ngày {}, báo cơ quan quản lý sổ sản phẩm ghi hồ sơ trước ngày {} để giấy chứng nhận được kéo dài trong khi chờ kết quả; nếu không, đăng ký đánh giá lại như lần đầu",
            date_vi(last),
            date_vi(until)
        ),
    }
}
