//! 大写金额: amounts written out in the characters used on receipts.

/// Writes an amount in fen the way receipts do.
///
/// Rules: 元 and 角 endings take 整, a 分 ending does not; zeros between digits are read once as
/// 零, also between 元 and 分 where 角 is missing; 0 is 零元整; a negative amount starts with 负.
///
/// ```
/// # use tongchou_core::upper::upper;
/// assert_eq!(upper(1_070_356), "壹万零柒佰零叁元伍角陆分");
/// assert_eq!(upper(5_600), "伍拾陆元整");
/// assert_eq!(upper(-50), "负伍角整");
/// ```
#[must_use]
pub fn upper(fen: i64) -> String {
    let mut text = String::new();
    if fen < 0 {
        text.push('负');
    }
    let fen = fen.unsigned_abs();
    let (yuan, jiao, cents) = (fen / 100, fen / 10 % 10, fen % 10);
    if yuan > 0 || fen == 0 {
        text.push_str(&whole(yuan));
        text.push('元');
    }
    if jiao > 0 {
        text.push(digit(jiao));
        text.push('角');
    } else if cents > 0 && yuan > 0 {
        text.push('零');
    }
    if cents > 0 {
        text.push(digit(cents));
        text.push('分');
    } else {
        text.push('整');
    }
    text
}

fn digit(value: u64) -> char {
    const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
    usize::try_from(value % 10).ok().and_then(|i| DIGITS.get(i)).copied().unwrap_or('零')
}

/// Whole yuan, in sections of four digits: 万, 亿, 万亿, 亿亿.
fn whole(mut yuan: u64) -> String {
    const SECTIONS: [&str; 5] = ["", "万", "亿", "万亿", "亿亿"];
    if yuan == 0 {
        return "零".into();
    }
    let mut text = String::new();
    // From the lowest section up, put in front; a section below 1,000 needs a 零 before it.
    let mut lower_needs_zero = false;
    for unit in SECTIONS {
        if yuan == 0 {
            break;
        }
        let section = yuan % 10_000;
        yuan /= 10_000;
        let zero = if lower_needs_zero && !text.is_empty() { "零" } else { "" };
        if section > 0 {
            text = format!("{}{unit}{zero}{text}", four(section));
            lower_needs_zero = section < 1_000;
        } else {
            lower_needs_zero = !text.is_empty();
        }
    }
    text
}

fn four(section: u64) -> String {
    let mut text = String::new();
    let mut zero = false;
    for (place, unit) in [(1_000, "仟"), (100, "佰"), (10, "拾"), (1, "")] {
        let value = section / place % 10;
        if value == 0 {
            zero = !text.is_empty();
            continue;
        }
        if zero {
            text.push('零');
        }
        zero = false;
        text.push(digit(value));
        text.push_str(unit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::upper;

    #[test]
    fn amounts_as_receipts_print_them() {
        let cases = [
            (0, "零元整"),
            (1, "壹分"),
            (5, "伍分"),
            (10, "壹角整"),
            (15, "壹角伍分"),
            (100, "壹元整"),
            (101, "壹元零壹分"),
            (110, "壹元壹角整"),
            (5_600, "伍拾陆元整"),
            (61_114, "陆佰壹拾壹元壹角肆分"),
            (100_000, "壹仟元整"),
            (100_100, "壹仟零壹元整"),
            (1_000_000, "壹万元整"),
            (1_000_001, "壹万元零壹分"),
            (1_001_000, "壹万零壹拾元整"),
            (1_010_000, "壹万零壹佰元整"),
            (1_070_356, "壹万零柒佰零叁元伍角陆分"),
            (10_000_000, "壹拾万元整"),
            (10_010_000, "壹拾万零壹佰元整"),
            (11_000_000, "壹拾壹万元整"),
            (100_100_000, "壹佰万壹仟元整"),
            (10_000_000_000, "壹亿元整"),
            (10_000_000_100, "壹亿零壹元整"),
            (10_000_000_000 + 1_000_000, "壹亿零壹万元整"),
            (10_010_000_000, "壹亿零壹拾万元整"),
            (1_000_000_000_000, "壹佰亿元整"),
            (123_456_789_012, "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"),
            (-1, "负壹分"),
            (-1_070_356, "负壹万零柒佰零叁元伍角陆分"),
        ];
        for (fen, text) in cases {
            assert_eq!(upper(fen), text, "{fen} fen");
        }
        assert_eq!(upper(i64::MIN).chars().next(), Some('负'));
    }
}
