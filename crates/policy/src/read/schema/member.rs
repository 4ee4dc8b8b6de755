//! The sections about a member's facts.

use serde_json::{Value, json};

use super::{
    Key, cited, count, date, list, may, name, named, need, one_of_names, row, section, text, texts,
    words,
};
use crate::read::member::{BYS, CHANNELS, ENDS, READS, SECOND, TURNS, UNITS};
use crate::read::vocabulary::BILL_DIMS;
use crate::report::Lang;

/// 0–100,000 % with at most four decimals.
const LEVY_RATE: &str = r"^(100000(\.0{1,4})?|[0-9]{1,5}(\.[0-9]{1,4})?)%$";

pub(super) fn sections(lang: Lang) -> Vec<Key> {
    let one = |keys| section(lang, keys);
    let rows = |keys| list(row(lang, keys));
    let number = vec![need("name", named(), "Name for people", "名称"), cited()];
    vec![
        may("number", one_of_names(one(number)), "Numbers that a question brings", "询问的数值"),
        may("event", one_of_names(one(event(lang))), "Kinds of dated facts", "事件的种类"),
        may("contribution", one(contribution()), "When a contribution is late", "缴费的期限"),
        may("period", one_of_names(one(period())), "Spans of time", "期间"),
        may("calendar", one(calendar()), "Working days", "工作日历"),
        may("window", list(one(window())), "What an event is worth", "办理期"),
        may("coverage", rows(coverage(lang)), "Values for a time", "待遇区间"),
        may("split", rows(split()), "Where a bill is cut", "单据的分段"),
        may("refund", one(refund()), "Giving back what was paid", "退费"),
        may("levy", one_of_names(one(levy(lang))), "Amounts worked out", "应缴金额"),
        may("verdict", one_of_names(one(verdict(lang))), "Tables of results", "结论表"),
    ]
}

fn event(lang: Lang) -> Vec<Key> {
    let selects = vec![
        need("least", count(0, 255), "At least so many", "至少几家"),
        need("most", count(0, 255), "At most so many", "至多几家"),
        may("levels", texts(), "At least one of these levels", "至少一家属于这些等级"),
    ];
    let selects = section(lang, selects);
    vec![
        need("name", named(), "Name for people", "名称"),
        may("turn", words(TURNS), "Made out of contribution records", "由缴费记录产生"),
        may("reasons", texts(), "Words that `reason` may have", "可选的事由"),
        may("selects", selects, "The institutions that it chooses", "所选的机构"),
        cited(),
    ]
}

fn contribution() -> Vec<Key> {
    let day = count(1, 28);
    vec![need("cutoff_day", day, "Last day of the month in time", "当月截止日"), cited()]
}

fn period() -> Vec<Key> {
    vec![
        may("name", named(), "Name for people", "名称"),
        may("from_event", text(), "The event that it runs from", "起算的事件"),
        need("n", count(1, 65_535), "How many", "数量"),
        need("unit", words(UNITS), "Of what", "单位"),
        need(
            "count_start",
            json!({ "type": "boolean" }),
            "Whether the event's own day or month is the first",
            "事件当日（当月）是否计入",
        ),
        need("end", words(ENDS), "Whether the last day belongs to it", "末日是否计入"),
        may(
            "roll",
            json!({ "type": "boolean" }),
            "An end on a day off moves to the next working day",
            "末日遇休息日顺延",
        ),
        cited(),
    ]
}

fn calendar() -> Vec<Key> {
    let days = json!({ "type": "array", "items": date(), "uniqueItems": true });
    vec![
        need("from", date(), "First day that it covers", "首日"),
        need("to", date(), "Last day that it covers", "末日"),
        may("off", days.clone(), "Weekdays off", "休息的周一至周五"),
        may("on", days, "Working Saturdays and Sundays", "上班的周六、周日"),
        cited(),
    ]
}

fn window() -> Vec<Key> {
    let day = json!({ "type": "string", "pattern": "^[0-9]{2}-[0-9]{2}$" });
    vec![
        need("id", name(), "A name of its own", "标识"),
        need("event", text(), "The event", "事件"),
        may("from", day.clone(), "First day of every year, `MM-DD`", "每年首日，`月-日`"),
        may("to", day, "Last day of every year, `MM-DD`", "每年末日，`月-日`"),
        may("after", text(), "The event that it follows", "所随的事件"),
        may("lasts", text(), "The period that it lasts", "持续的期间"),
        may("reasons", one_or_more(text()), "Reasons that it accepts", "接受的事由"),
        cited(),
    ]
}

fn coverage(lang: Lang) -> Vec<Key> {
    let edge = section(
        lang,
        vec![
            need("event", text(), "The event", "事件"),
            may("days", count(0, 65_535), "So many days later", "若干日之后"),
            may("months", count(0, 65_535), "First day of a later month", "若干月后的首日"),
            may("window", one_or_more(text()), "Only of these windows", "只限这些办理期"),
        ],
    );
    let sets = json!({
        "type": "object",
        "additionalProperties": text(),
        "minProperties": 1,
        "maxProperties": 1,
    });
    let flag = || json!({ "type": "boolean" });
    vec![
        need("sets", sets, "One dimension and its value", "一个维度及其取值"),
        may("opens", one_or_more(edge.clone()), "What opens it", "开始于"),
        may("closes", one_or_more(edge), "What closes it", "结束于"),
        may("lasts", text(), "The period that it lasts", "持续的期间"),
        may("institutions", flag(), "Only at the event's institutions", "只限事件所选机构"),
        may("budget", flag(), "Counted in a global budget", "计入总额预算"),
        may("read", words(READS), "The day of the bill that is looked at", "看单据的哪一天"),
    ]
}

fn split() -> Vec<Key> {
    let second = json!({ "anyOf": [words(SECOND), { "type": "string", "pattern": "^param\\." }] });
    vec![
        may("of", text(), "`year`, `scheme` or a dimension", "`year`、`scheme` 或维度"),
        may("on", date(), "A day", "日期"),
        need("by", words(BYS), "How amounts are divided", "金额如何划分"),
        need("second_deductible", second, "Whether it opens a new stay", "后段是否另计起付线"),
    ]
}

fn refund() -> Vec<Key> {
    let order = json!({ "type": "array", "items": words(CHANNELS), "minItems": 2, "maxItems": 2 });
    let requires = json!({
        "type": "object",
        "propertyNames": { "enum": BILL_DIMS },
        "additionalProperties": text(),
    });
    vec![
        need("order", order, "Channels, first to last", "渠道的先后"),
        may("requires", requires, "What the refund must be like", "退费须具备的条件"),
        may("password", json!({ "type": "boolean" }), "Whether a password is asked", "是否要密码"),
        cited(),
    ]
}

fn levy(lang: Lang) -> Vec<Key> {
    let of =
        |what: &str| json!({ "type": "string", "pattern": format!("^{what}\\.[a-z][a-z0-9_]*$") });
    let rate = json!({ "type": "string", "pattern": LEVY_RATE });
    let held = section(
        lang,
        vec![
            need("of", of("fact"), "Another fact", "另一外部数据"),
            need("low", rate.clone(), "Its least share", "下限比例"),
            need("high", rate.clone(), "Its greatest share", "上限比例"),
        ],
    );
    let missing = section(
        lang,
        vec![
            need("required", count(1, 10_000), "Required number", "所需月数"),
            need("held", list(of("number")), "The numbers held", "已有的月数"),
        ],
    );
    let months = json!({ "anyOf": [of("number"), missing] });
    vec![
        need("name", named(), "Name for people", "名称"),
        need("base", of("fact"), "The fact that it is taken of", "基数所取的外部数据"),
        may("held", held, "Bounds of the base", "基数的上下限"),
        may("months", months, "For how many months; one if left out", "月数，默认一个月"),
        need(
            "rate",
            list(row(lang, vec![need("rate", rate, "Share of the base", "占基数的比例")])),
            "The rate by case",
            "费率",
        ),
        cited(),
    ]
}

fn verdict(lang: Lang) -> Vec<Key> {
    let gives = json!({ "type": "object", "additionalProperties": text(), "minProperties": 1 });
    let rows = row(lang, vec![need("gives", gives, "The results", "结论")]);
    vec![
        need("name", named(), "Name for people", "名称"),
        need("row", list(rows), "Results by case", "各情形的结论"),
    ]
}

/// One value, or a list of them.
fn one_or_more(item: Value) -> Value {
    let many = list(item.clone());
    json!({ "anyOf": [item, many] })
}
