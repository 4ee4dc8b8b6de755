//! What a pack and each of its layers say once: compared, said and taken over one by one.

use tongchou_core::pack::{Backsolve, Clamp, DatedBy, Origin, PrepayBasis, RoundAt, Side, Text};

use super::lower::bounds;
use super::named::{Head, NEVER, Named, NamedLayer};
use super::words::{self, Phrase, date, pick};
use crate::report::Lang;

/// One thing that is said once.
pub(super) struct Field<T> {
    pub title: Phrase,
    /// Whether it may change an amount.
    pub counts: bool,
    pub same: fn(&T, &T) -> bool,
    pub say: fn(&T, &Named, Lang) -> String,
    pub take_over: fn(&mut T, &T),
}

macro_rules! fields {
    ($type:ty; $($field:ident $zh:literal $en:literal $counts:literal $say:expr),+ $(,)?) => {
        &[$(Field::<$type> {
            title: Phrase($zh, $en),
            counts: $counts,
            same: |a, b| a.$field == b.$field,
            say: |of, named, lang| {
                let say: fn(&$type, &Named, Lang) -> String = $say;
                say(of, named, lang)
            },
            take_over: |into, from| into.$field = from.$field.clone(),
        }),+]
    };
}

/// Where nothing limits a layer.
pub(super) const ALWAYS: Phrase = Phrase("全部", "always");

/// What a pack says once.
pub(super) const HEAD: &[Field<Head>] = fields![Head;
    id "包标识" "pack id" false |h, _, _| h.id.clone(),
    name "名称" "name" false |h, _, lang| pick(&h.name, lang).to_owned(),
    programme "险种" "programme" false |h, _, _| h.programme.clone(),
    confidence "整包可信度" "confidence of the pack" false
        |h, _, _| h.confidence.clone().unwrap_or_else(|| "—".to_owned()),
    life "有效期" "life" true |h, _, _| format!("{} … {}", date(h.life.from), date(h.life.to)),
    dated_by "执行日期" "dated by" true |h, _, lang| dated_by(h.dated_by).say(lang).to_owned(),
    year_start "年度起始" "start of the year" true
        |h, _, _| format!("{:02}-{:02}", h.year_start.0, h.year_start.1),
    stay "住院范围" "stays" true |h, named, lang| match &h.stay {
        Some(care) => words::when(&[care.clone()].into(), [named, named], lang).concat(),
        None => "—".to_owned(),
    },
    prepay_basis "先行自付基数" "the pre-pay share is taken of" true |h, _, lang| {
        words::setting(&h.prepay_basis, lang, |basis| prepay_basis(*basis).say(lang).to_owned())
    },
    rounding "先行自付取整" "rounding of the pre-pay" true |h, _, _| h.rounding.word().to_owned(),
];

/// What a layer says once.
pub(super) const LAYER: &[Field<NamedLayer>] = fields![NamedLayer;
    name "名称" "name" false |l, _, lang| pick(&l.name, lang).to_owned(),
    fund "基金代码" "fund code" false |l, _, _| l.fund.clone(),
    dates "执行期间" "in force" true |l, _, lang| {
        let (from, to) = bounds(l.dates.from, l.dates.to);
        match (from.map(date), to.map(date)) {
            _ if l.dates == NEVER => Phrase("不执行", "not at all").say(lang).to_owned(),
            (None, None) => ALWAYS.say(lang).to_owned(),
            (from, to) => format!("{} … {}", from.unwrap_or_default(), to.unwrap_or_default()),
        }
    },
    when "适用范围" "applies to" true |l, named, lang| {
        all(words::when(&l.when, [named, named], lang), lang)
    },
    params "适用参数" "applies under" true |l, _, lang| all(words::params(&l.params, lang), lang),
    takes "进入金额" "takes" true |l, named, lang| {
        words::setting(&l.takes, lang, |takes| {
            let said: Vec<String> = takes.iter().map(|take| taken(take, named, lang)).collect();
            said.join(" + ")
        })
    },
    deductible_scope "起付线计算周期" "the deductible is per" true
        |l, _, lang| {
            words::setting(&l.deductible_scope, lang, |per| words::per(*per).say(lang).to_owned())
        },
    basis "分段累计周期" "the bands count per" true
        |l, _, lang| words::setting(&l.basis, lang, |b| words::per(*b).say(lang).to_owned()),
    origin "分段起点" "the axis" true
        |l, _, lang| words::setting(&l.origin, lang, |o| origin(*o).say(lang).to_owned()),
    rounding "取整方式" "rounding" true |l, _, _| l.rounding.word().to_owned(),
    round "取整位置" "rounds at" true |l, _, lang| round(l.round).say(lang).to_owned(),
    round_side "取整一方" "rounded side" true
        |l, _, lang| words::setting(&l.round_side, lang, |s| side(*s).say(lang).to_owned()),
    backsolve "封顶倒推取整" "back-solving at the cap" true
        |l, _, lang| words::setting(&l.backsolve, lang, |b| backsolve(*b).say(lang).to_owned()),
    clamp "比例限于 0–100% 的时点" "shares are held within 0–100 %" true
        |l, _, lang| words::setting(&l.clamp, lang, |c| clamp(*c).say(lang).to_owned()),
    clause "设立条款" "clause" false |l, _, _| l.clause.clone(),
];

fn all(parts: Vec<String>, lang: Lang) -> String {
    if parts.is_empty() {
        return ALWAYS.say(lang).to_owned();
    }
    parts.join(words::and(lang))
}

fn taken(take: &str, named: &Named, lang: Lang) -> String {
    let Some((layer, field)) = take.split_once('.') else {
        let phrase = match take {
            "rest" => Phrase("范围内尚未支付部分", "what is in scope and not paid"),
            _ => Phrase("政策范围内", "in scope"),
        };
        return phrase.say(lang).to_owned();
    };
    let Text { zh, en } = named.layer_name(layer);
    let field = match field {
        "over" => Phrase("封顶线以上", "above the cap"),
        "self" => Phrase("段内个人负担", "person's share"),
        _ => Phrase("起付线", "deductible"),
    };
    match lang {
        Lang::Zh => format!("{zh}{}", field.say(lang)),
        Lang::En => format!("{en}: {}", field.say(lang)),
    }
}

const fn dated_by(by: DatedBy) -> Phrase {
    match by {
        DatedBy::Admission => Phrase("入院日", "admission"),
        DatedBy::Discharge => Phrase("出院日", "discharge"),
    }
}

const fn prepay_basis(basis: PrepayBasis) -> Phrase {
    match basis {
        PrepayBasis::AfterLimit => Phrase("扣除超限价后", "the fee less what is over the limit"),
        PrepayBasis::Fee => Phrase("全部费用", "the whole fee"),
    }
}

const fn origin(origin: Origin) -> Phrase {
    match origin {
        Origin::Incl => Phrase("含起付线", "with the deductible"),
        Origin::Above => Phrase("起付线以上", "above the deductible"),
    }
}

const fn round(round: RoundAt) -> Phrase {
    match round {
        RoundAt::Band => Phrase("各段分别取整", "each band"),
        RoundAt::Bill => Phrase("合计后取整", "the sum of the bands"),
        RoundAt::Once => Phrase("累计差额一次取整（仅列式）", "once, in columns only"),
    }
}

const fn side(side: Side) -> Phrase {
    match side {
        Side::Fund => Phrase("基金", "the fund"),
        Side::Person => Phrase("个人", "the person"),
    }
}

const fn backsolve(backsolve: Backsolve) -> Phrase {
    match backsolve {
        Backsolve::Nearest => Phrase("四舍五入", "nearest"),
        Backsolve::Truncate => Phrase("截尾", "truncated"),
    }
}

const fn clamp(clamp: Clamp) -> Phrase {
    match clamp {
        Clamp::Each => Phrase("每步之后", "after each step"),
        Clamp::End => Phrase("最后一次", "once, at the end"),
    }
}
