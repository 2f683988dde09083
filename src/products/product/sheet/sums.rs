//! Closing lines of lists: "Tổng cộng: 02 sản phẩm", "Danh sách này có 04 sản phẩm./.". Pure.

use crate::text::fold;

const SUMS: [&str; 7] = ["tong cong", "tong so", "cong", "tong", "danh sach nay co", "danh sach gom", "danh sach co"];

/// Whether a cell is the name of a sum and not of a product.
pub fn is_sum(name: &str) -> bool {
    let folded = fold(name);
    SUMS.iter().any(|sum| {
        folded
            .strip_prefix(sum)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(' ') && (is_count(rest) || rest.trim_start() == "san pham"))
    })
}

/// " 02 san pham": a number, perhaps with what is counted.
fn is_count(rest: &str) -> bool {
    rest.split_whitespace().next().is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit()))
}

/// How many products a closing line says there are; none where it is no sum of the whole list, or names several numbers.
pub fn count(cells: &[String]) -> Option<usize> {
    let name = cells.iter().find(|cell| is_sum(cell))?;
    let number = |text: &str| text.parse::<usize>().ok().filter(|count| *count < 1_000_000);
    let folded = fold(name);
    let within: Vec<usize> = folded.split(' ').filter_map(number).collect();
    let beside: Vec<usize> = cells.iter().filter(|cell| *cell != name).filter_map(|cell| number(cell)).collect();
    match (&within[..], &beside[..]) {
        ([count], _) | ([], [count]) => Some(*count),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_say_how_many_there_are() {
        let count = |line: &str| count(&line.split('|').map(str::to_owned).collect::<Vec<_>>());
        for (line, wanted) in [
            ("|Tổng cộng: 02 sản phẩm", Some(2)),
            ("|Danh sách này có 04 sản phẩm./.", Some(4)),
            ("|Tổng cộng||||11", Some(11)),
            ("Cộng|||3|2", None),
            ("|Tổng cộng", None),
            ("|Tổng hợp rau củ sấy|5", None),
            ("Người lập biểu", None),
        ] {
            assert_eq!(count(line), wanted, "{line}");
        }
        for name in ["Cộng", "Tổng số sản phẩm", "Tổng cộng 12"] {
            assert!(is_sum(name), "{name}");
        }
        for name in ["Cộng hưởng trà", "Tổng hợp hạt", "Danh sách", "Trà"] {
            assert!(!is_sum(name), "{name}");
        }
    }
}
