//! The language as a JSON Schema: the same words as the readers, with a description of each key.
//!
//! INVARIANT: a text that the schema refuses is refused by the readers too, leading zeros apart.

use serde_json::{Map, Value, json};

use super::fields::Words;
use super::member::SECTIONS;
use super::vocabulary::{AS_OF, BILL_DIMS, CONFIDENCE, LINE_DIMS, OF, VALUES_MAX};
use super::{groups, head, layers, tables};
use crate::report::Lang;

/// Yuan with at most two decimals.
const MONEY: &str = r"^(0|[1-9][0-9]{0,9}|10000000000)(\.[0-9]{1,2})?$";
/// 0–100 % with at most four decimals.
const RATE: &str = r"^(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)%$";
/// Points, a factor or a replacement.
const STEP: &str = concat!(
    r"^([+-](100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)pp",
    r"|x(1000(\.0{1,4})?|[0-9]{1,3}(\.[0-9]{1,4})?)%",
    r"|=(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)%)$"
);

mod member;

/// A key of a section.
struct Key {
    name: &'static str,
    need: bool,
    value: Value,
    en: &'static str,
    zh: &'static str,
}

const fn need(name: &'static str, value: Value, en: &'static str, zh: &'static str) -> Key {
    Key { name, need: true, value, en, zh }
}

const fn may(name: &'static str, value: Value, en: &'static str, zh: &'static str) -> Key {
    Key { name, need: false, value, en, zh }
}

/// The JSON Schema (2020-12) of a pack.
pub(crate) fn schema(lang: Lang) -> Value {
    let mut schema = section(lang, sections(lang));
    let title = if lang == Lang::En { "Tongchou policy pack" } else { "统筹政策包" };
    if let Some(root) = schema.as_object_mut() {
        root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".into(), json!(title));
        root.insert("$defs".into(), definitions(lang));
        let named = |names: &[&str]| -> Vec<Value> {
            names.iter().map(|name| json!({ "required": [name] })).collect()
        };
        root.insert("if".into(), json!({ "anyOf": named(&SECTIONS) }));
        let settling = ["prepay", "layer", "personal"];
        let settles = json!({ "anyOf": named(&["prepay", "layer"]) });
        let all = json!({ "required": settling });
        root.insert("then".into(), json!({ "if": settles, "then": all }));
        root.insert("else".into(), all);
    }
    schema
}

fn sections(lang: Lang) -> Vec<Key> {
    let mut sections = settling(lang);
    sections.extend(member::sections(lang));
    sections
}

fn settling(lang: Lang) -> Vec<Key> {
    let one = |keys| section(lang, keys);
    let rows = |keys| list(row(lang, keys));
    let personal = row(lang, personal());
    vec![
        need("pack", one(pack()), "Identity and life of the pack", "包的标识与有效期"),
        need("clause", one_of_names(one(clause())), "Where rules come from", "条款出处"),
        may(
            "param",
            one_of_names(one(param())),
            "Choices left open by the sources",
            "规定未定的选择",
        ),
        may(
            "fact",
            one_of_names(one(fact())),
            "Amounts that each request brings",
            "请求须提供的金额",
        ),
        may("dim", dims(lang), "Properties of a bill that rows may name", "维度：表行可用的条件"),
        may("stay", one(stay(lang)), "Which care is a stay", "哪些就医算住院"),
        may("classify", one(classify()), "How fee lines are classified", "费用分类的口径"),
        may("prepay", rows(prepay()), "What the person bears first of a line", "先行自付"),
        may("limit", rows(limit()), "Price, line, session or day limits", "限价、限额"),
        may("fixed", rows(fixed()), "Fixed amounts for a kind of line", "定额支付"),
        may("standing", rows(standing()), "May the fund pay", "待遇状态"),
        may("layer", list(one(layer(lang))), "Payers, in paying order", "基金层，按支付顺序"),
        may("group", list(one(group(lang))), "Layers under one cap", "合并封顶"),
        may(
            "personal",
            json!({ "anyOf": [personal, list(personal.clone())] }),
            "What the personal account may pay",
            "个人账户可支付的部分",
        ),
        may(
            "example",
            list(one(example())),
            "Worked examples; all must hold",
            "算例，必须全部相符",
        ),
    ]
}

fn pack() -> Vec<Key> {
    vec![
        need(
            "id",
            json!({ "type": "string", "pattern": "^[0-9]{6}-[a-z][a-z0-9-]*$" }),
            "Division and name, such as `990000-employee`",
            "行政区划代码与名称，如 `990000-employee`",
        ),
        need("name", named(), "Name for people", "名称"),
        need("programme", text(), "Scheme, such as `employee`", "险种，如 `employee`"),
        may(
            "confidence",
            words(CONFIDENCE),
            "How far the pack is to be trusted",
            "整个包的可信程度",
        ),
        need("from", date(), "First day on which the pack may settle", "首个可结算日"),
        need("to", date(), "Last day on which the pack may settle", "最后可结算日"),
        need(
            "dated_by",
            words(head::DATED_BY),
            "Which day is the bill's day",
            "以哪一天为单据日期",
        ),
        need(
            "year_start",
            json!({ "type": "string", "pattern": "^[0-9]{2}-[0-9]{2}$" }),
            "First month and day of the benefit year, `MM-DD`",
            "待遇年度首日，`月-日`",
        ),
        may(
            "later_bills",
            words(head::LATER_BILLS),
            "What late facts do to bills behind them",
            "迟到的事实对其后单据的影响",
        ),
        may("claim_order", words(head::CLAIM_ORDERS), "Where a claim stands", "补偿按何日排序"),
    ]
}

fn clause() -> Vec<Key> {
    vec![
        need("doc", text(), "Document and article", "文件与条款"),
        need("text", text(), "What it says, in a few words", "内容摘要"),
        need("confidence", words(CONFIDENCE), "How far it is to be trusted", "可信程度"),
    ]
}

fn param() -> Vec<Key> {
    vec![
        need("values", texts(), "What it may be", "可选的取值"),
        need("default", text(), "Its value if nobody chooses", "未选择时的取值"),
        need(
            "assumed",
            json!({ "type": "boolean" }),
            "Whether the default is an assumption",
            "默认值是否为推定",
        ),
        cited(),
    ]
}

fn fact() -> Vec<Key> {
    vec![need("name", named(), "Name for people", "名称"), cited()]
}

/// `[dim]`: the given ones by name, any other name for a cut number.
fn dims(lang: Lang) -> Value {
    let values = json!({ "$ref": "#/$defs/values" });
    let keys = vec![
        need("values", values.clone(), "Values in their order", "取值，按次序"),
        may("default", text(), "Value where the request gives none", "请求未给出时的取值"),
    ];
    let given = json!({ "anyOf": [values, section(lang, keys)] });
    let names = BILL_DIMS.iter().chain(LINE_DIMS);
    let given: Map<String, Value> = names.map(|name| ((*name).to_owned(), given.clone())).collect();
    json!({
        "type": "object",
        "properties": given,
        "additionalProperties": section(lang, cut()),
    })
}

fn cut() -> Vec<Key> {
    let edge = json!({ "enum": ["up", "down"] });
    let cut =
        |number: Value| json!({ "prefixItems": [number, edge], "minItems": 2, "maxItems": 2 });
    let cuts = json!({ "anyOf": [cut(count(0, 10_000)), cut(money())] });
    let number = json!({ "type": "string", "pattern": "^number\\.[a-z][a-z0-9_]*$" });
    let of = json!({ "anyOf": [words(OF), number] });
    vec![
        need("of", of, "The number that is cut", "被切分的数"),
        may("as_of", words(AS_OF), "The day of an age", "年龄以哪一天计"),
        need(
            "cuts",
            list(cuts),
            "`[70, \"up\"]` for 70 and above, `\"down\"` for above 70; amounts as text",
            "`[70, \"up\"]` 为 70 及以上，`\"down\"` 为超过 70；金额写成文字",
        ),
        need(
            "names",
            json!({ "$ref": "#/$defs/values" }),
            "One name more than cuts",
            "名称，比切点多一个",
        ),
        may("clause", text(), "The clause that orders the steps of an amount", "规定此分档的条款"),
    ]
}

fn stay(lang: Lang) -> Vec<Key> {
    let days = json!({ "anyOf": [count(1, 9_999), { "const": "none" }] });
    let period = vec![need("days", days, "Days of a period, or `none`", "周期天数，或 `none`")];
    vec![
        need("care", texts(), "Values of `care` that open a stay", "算作住院的 `care` 取值"),
        may("transfer", words(tables::TRANSFERS), "A transfer is the same stay", "转院为同次住院"),
        may(
            "readmission_days",
            count(1, 365),
            "A readmission within so many days is the same stay",
            "多少天内二次返院为同次住院",
        ),
        may(
            "cross_year",
            words(tables::CROSS_YEARS),
            "A stay that is open when the year ends",
            "跨年度住院的口径",
        ),
        may("period", list(row(lang, period)), "Periods of a long stay", "长期住院的结算周期"),
    ]
}

fn classify() -> Vec<Key> {
    vec![
        may(
            "prepay_basis",
            choice(tables::PREPAY_BASES),
            "What the pre-pay is taken of",
            "先行自付的基数",
        ),
        may("rounding", words(tables::ROUNDINGS), "How the pre-pay is rounded", "先行自付的舍入"),
    ]
}

fn prepay() -> Vec<Key> {
    vec![
        need(
            "share",
            rate(),
            "Share of the person; 100% is wholly self-paid",
            "个人比例；100% 即全自费",
        ),
        may(
            "strict",
            json!({ "type": "boolean" }),
            "Outranks the line's own share",
            "优先于明细自带的比例",
        ),
    ]
}

fn limit() -> Vec<Key> {
    let upto = json!({ "anyOf": [money(), { "enum": ["none", "line"] }] });
    vec![
        need("per", words(tables::LIMIT_PERS), "What is limited", "限额的口径"),
        need(
            "upto",
            upto,
            "Yuan, `none`, or the line's own `limit`",
            "金额、`none` 或明细自带的 `limit`",
        ),
    ]
}

fn fixed() -> Vec<Key> {
    vec![
        need("pays", money_or_none(), "Yuan that the fund pays, or `none`", "基金定额，或 `none`"),
        need("fund", text(), "Fund code", "基金代码"),
    ]
}

fn standing() -> Vec<Key> {
    vec![
        need("fund", words(tables::FUND_STANDING), "Whether the fund pays", "基金是否支付"),
        need(
            "account",
            words(tables::YES_NO),
            "Whether the account may be used",
            "个人账户可否使用",
        ),
        may(
            "later",
            words(tables::LATERS),
            "Where the fund is none: claimed later?",
            "基金不支付时，可否事后补偿",
        ),
        may(
            "payer",
            words(tables::PAYERS),
            "Where the fund is none: who bears it",
            "基金不支付时，由谁负担",
        ),
    ]
}

fn personal() -> Vec<Key> {
    let parts = json!({ "type": "array", "items": words(tables::PARTS), "uniqueItems": true });
    vec![need("account_pays", parts, "Parts that the account may pay", "个人账户可支付的部分")]
}

fn layer(lang: Lang) -> Vec<Key> {
    let takes =
        json!({ "type": "array", "items": text(), "minItems": 1, "maxItems": layers::TAKES_MAX });
    let by_param = json!({
        "type": "object",
        "patternProperties": { "^param\\.": { "type": "object", "additionalProperties": takes } },
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
    });
    let mut keys = vec![
        need("id", name(), "A name of its own", "层的标识"),
        need("name", named(), "Name for people", "名称"),
        need("fund", text(), "Fund code", "基金代码"),
        cited(),
        may("when", when(), "Skipped where it does not hold", "不满足时跳过此层"),
        may("from", date(), "First day on which the layer takes part", "此层首日"),
        may("to", date(), "Last day on which the layer takes part", "此层末日"),
        need(
            "takes",
            json!({ "anyOf": [takes, by_param] }),
            "`in_scope`, `X.over`, `X.self`, `X.deductible` of earlier layers, or `rest` alone",
            "`in_scope`，前面各层的 `X.over`、`X.self`、`X.deductible`，或单独的 `rest`",
        ),
    ];
    keys.extend(settings());
    let rows = |keys| list(row(lang, keys));
    keys.extend([
        may("upfront", rows(upfront()), "Share borne before the deductible", "起付线之前先行自负"),
        may("deductible", rows(deductible(lang)), "Deductibles", "起付线"),
        need("band", rows(band()), "Bands with rates", "分段比例"),
        may("adjust", rows(adjust()), "Steps on the person's share", "对个人比例的调整"),
        may("cap", rows(cap()), "Caps", "封顶线"),
    ]);
    keys
}

fn settings() -> Vec<Key> {
    vec![
        may("deductible_per", choice(layers::SCOPES), "Deductible once per", "起付线的口径"),
        may("basis", choice(layers::SCOPES), "Where a bill starts on the bands", "分段累计的口径"),
        may(
            "origin",
            choice(layers::ORIGINS),
            "Bands with or above the deductible",
            "分段是否含起付线",
        ),
        may("round", words(layers::ROUNDS), "Where payments are rounded", "在何处舍入"),
        may("round_side", choice(layers::SIDES), "Which side is rounded", "舍入哪一方"),
        may("rounding", words(tables::ROUNDINGS), "How it is rounded", "舍入方式"),
        may("backsolve", choice(layers::BACKSOLVES), "The last fen at a cap", "封顶反推到分的口径"),
        may(
            "clamp",
            choice(layers::CLAMPS),
            "When shares are held in 0–100 %",
            "比例何时限于 0–100%",
        ),
        may(
            "over",
            words(layers::OVERS),
            "The person bears what is over the cap",
            "封顶线以上由个人负担",
        ),
    ]
}

fn upfront() -> Vec<Key> {
    vec![need("share", rate(), "Share of what enters the layer", "占进入额的比例")]
}

fn deductible(lang: Lang) -> Vec<Key> {
    let of = json!({ "type": "string", "pattern": "^fact\\.[a-z][a-z0-9_]*$" });
    let keys = vec![
        need("of", of, "`fact.NAME`", "`fact.名称`"),
        need("rate", rate(), "Share of the fact", "所占比例"),
    ];
    let amount = json!({ "anyOf": [money(), section(lang, keys)] });
    vec![need("amount", amount, "Yuan, or a share of a fact", "金额，或外部数据的一定比例")]
}

fn band() -> Vec<Key> {
    let upto = json!({ "type": "array", "items": money(), "maxItems": layers::BANDS_MAX - 1 });
    let pays =
        json!({ "type": "array", "items": rate(), "minItems": 1, "maxItems": layers::BANDS_MAX });
    vec![
        may("upto", upto, "Upper ends, rising", "各段上限，递增"),
        need(
            "pays",
            pays,
            "The fund's rate in each band, one more than ends",
            "各段基金比例，比上限多一个",
        ),
    ]
}

fn adjust() -> Vec<Key> {
    vec![
        need("seq", count(0, 65_535), "Order of the step", "步骤次序"),
        need(
            "self",
            step(),
            "`x60%`, `+10pp`, `-5pp` or `=30%`",
            "`x60%`、`+10pp`、`-5pp` 或 `=30%`",
        ),
    ]
}

fn cap() -> Vec<Key> {
    vec![
        need("per", words(layers::SCOPES), "Counted per", "封顶的口径"),
        may("on", words(layers::CAPPED), "On payments, or on what enters", "按支付额或按进入额"),
        need("amount", money_or_none(), "Yuan, or `none`", "金额，或 `none`"),
    ]
}

fn group(lang: Lang) -> Vec<Key> {
    let caps = vec![
        need("per", words(groups::PERS), "Counted per", "封顶的口径"),
        need("amount", money_or_none(), "Yuan, or `none`", "金额，或 `none`"),
    ];
    let members = json!({ "type": "array", "items": name(), "minItems": 2, "uniqueItems": true });
    vec![
        need("id", name(), "A name that no layer has", "标识，不与层同名"),
        need("layers", members, "At least two layers", "至少两层"),
        cited(),
        need("cap", list(row(lang, caps)), "Caps on their payments together", "合计支付的封顶线"),
    ]
}

fn example() -> Vec<Key> {
    let request = json!({
        "type": "object",
        "properties": { "contract": false, "pack": false },
    });
    vec![
        need("name", text(), "What it shows", "说明"),
        need(
            "request",
            request,
            "A request without `contract` and `pack`",
            "请求，不写 `contract` 与 `pack`",
        ),
        need("expect", json!({ "type": "object" }), "Any part of the answer", "应答的任意部分"),
    ]
}

/// What every row of every table may carry, with keys of its own.
fn row(lang: Lang, keys: Vec<Key>) -> Value {
    let mut all = vec![
        may("when", when(), "Applies only to these", "适用条件"),
        may("from", date(), "First day of effect", "生效首日"),
        may("to", date(), "Last day of effect", "生效末日"),
        may("priority", count(-1000, 1000), "The highest wins", "高者优先"),
        cited(),
    ];
    all.extend(keys);
    section(lang, all)
}

fn section(lang: Lang, keys: Vec<Key>) -> Value {
    let required: Vec<&str> = keys.iter().filter(|key| key.need).map(|key| key.name).collect();
    let properties = keys.into_iter().map(|Key { name, mut value, en, zh, .. }| {
        let description = if lang == Lang::En { en } else { zh };
        if let Some(schema) = value.as_object_mut() {
            schema.insert("description".into(), json!(description));
        }
        (name.to_owned(), value)
    });
    let properties: Map<String, Value> = properties.collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn definitions(lang: Lang) -> Value {
    let (money, rate) = match lang {
        Lang::En => ("Yuan in quotes, such as \"1300.00\"", "A rate in quotes, such as \"85%\""),
        Lang::Zh => ("金额（元），加引号，如 \"1300.00\"", "比例，加引号，如 \"85%\""),
    };
    let values = json!({
        "type": "array",
        "items": { "type": "string", "minLength": 1 },
        "minItems": 1,
        "maxItems": VALUES_MAX,
        "uniqueItems": true,
    });
    let accepted = json!({ "anyOf": [{ "type": "string" }, { "$ref": "#/$defs/values" }] });
    let names = BILL_DIMS.iter().chain(LINE_DIMS);
    let known: Map<String, Value> =
        names.map(|name| ((*name).to_owned(), accepted.clone())).collect();
    json!({
        "money": { "type": "string", "pattern": MONEY, "description": money },
        "rate": { "type": "string", "pattern": RATE, "description": rate },
        "step": { "type": "string", "pattern": STEP },
        "name": { "type": "string", "pattern": "^[a-z][a-z0-9_]*$" },
        "text": { "type": "string", "minLength": 1 },
        "values": values,
        "when": { "type": "object", "properties": known, "additionalProperties": accepted },
        "named": {
            "type": "object",
            "properties": { "zh": text(), "en": text() },
            "required": ["zh", "en"],
            "additionalProperties": false,
        },
    })
}

fn cited() -> Key {
    need("clause", text(), "Id in [clause]", "[clause] 中的条款")
}

fn one_of_names(item: Value) -> Value {
    json!({ "type": "object", "additionalProperties": item })
}

fn list(item: Value) -> Value {
    json!({ "type": "array", "items": item, "minItems": 1 })
}

fn words<T>(words: &Words<T>) -> Value {
    json!({ "enum": words.iter().map(|(word, _)| *word).collect::<Vec<_>>() })
}

/// A word, or the parameter that chooses it.
fn choice<T>(known: &Words<T>) -> Value {
    json!({ "anyOf": [words(known), { "type": "string", "pattern": "^param\\." }] })
}

fn texts() -> Value {
    json!({ "$ref": "#/$defs/values" })
}

fn money_or_none() -> Value {
    json!({ "anyOf": [money(), { "const": "none" }] })
}

fn count(min: i64, max: i64) -> Value {
    json!({ "type": "integer", "minimum": min, "maximum": max })
}

/// A date of TOML, which editors show to a schema as text.
fn date() -> Value {
    json!({ "type": "string", "format": "date" })
}

fn money() -> Value {
    json!({ "$ref": "#/$defs/money" })
}

fn rate() -> Value {
    json!({ "$ref": "#/$defs/rate" })
}

fn step() -> Value {
    json!({ "$ref": "#/$defs/step" })
}

fn name() -> Value {
    json!({ "$ref": "#/$defs/name" })
}

fn text() -> Value {
    json!({ "$ref": "#/$defs/text" })
}

fn named() -> Value {
    json!({ "$ref": "#/$defs/named" })
}

fn when() -> Value {
    json!({ "$ref": "#/$defs/when" })
}

#[cfg(test)]
mod tests;
