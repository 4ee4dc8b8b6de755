//! Packs of all the constructs that the real packs leave unused, alone and together.

/// A text with words in capitals where a setting is open, and what is put in their place: a word
/// for each, in their order.
struct Template {
    text: &'static str,
    words: &'static str,
    settings: &'static [&'static str],
}

const TEMPLATES: [Template; 6] = [
    Template {
        text: include_str!("constructs/plain.toml"),
        words: "SCOPE SIDE LINES BANDS CAP ROUND OTHER",
        settings: &[
            "year fund down up stay band stay",
            "stay person up half_up year bill bill",
            "bill person half_up down bill band year",
            "stay fund half_up down stay bill year",
            "year person up up bill band bill",
            "bill fund down half_up year bill stay",
        ],
    },
    Template {
        text: include_str!("constructs/pricing.toml"),
        words: "SCOPE SIDE BASIS BANDS CAP ROUND GROUP",
        settings: &[
            "year fund year half_up year band year",
            "bill person bill down bill bill year",
            "stay fund stay up stay bill bill",
            "year person stay half_up bill band year",
        ],
    },
    Template {
        text: include_str!("constructs/groups.toml"),
        words: "CLINIC SIDE BANDS ROUND POOL UPPER",
        settings: &[
            "year fund half_up bill year bill",
            "bill person down bill year year",
            "year person up band bill year",
            "bill fund up bill bill bill",
        ],
    },
    Template {
        text: include_str!("constructs/stays.toml"),
        words: "DATED YEAR LATER ORDER CROSS BASIS ORIGIN CAP FIRST SECOND",
        settings: &[
            "discharge 01-01 replay claimed continue stay above stay cash account",
            "admission 07-01 keep service restart_bands stay incl year account cash",
            "discharge 07-01 refuse claimed restart_all year incl year cash account",
            "admission 01-01 replay service restart_bands stay above bill account cash",
            "discharge 10-01 replay claimed continue year above stay cash account",
        ],
    },
    Template {
        text: include_str!("constructs/facts.toml"),
        words: "DATED UNIT END READ",
        settings: &[
            "discharge month inclusive day",
            "admission calendar_month inclusive admission",
            "discharge month first_free admission",
        ],
    },
    Template {
        text: include_str!("constructs/schemes.toml"),
        words: "MOVE DATED YEAR LATER ORDER CROSS DAYS READ BASIS UPPER",
        settings: &[
            "none discharge 01-01 replay claimed continue none day stay up",
            "higher discharge 01-01 replay service continue 60 day stay more",
            "higher admission 07-01 replay service restart_bands none admission year up",
            "none discharge 01-01 keep service continue none day stay up",
            "higher discharge 01-01 keep claimed restart_all 60 admission stay up",
            "none discharge 01-01 refuse service continue none day year more",
        ],
    },
];

/// Ids and texts of the packs.
pub fn packs() -> Vec<(String, String)> {
    let settings =
        |template: &'static Template| template.settings.iter().map(move |it| (template, it));
    // Numbers stand without quotes.
    let quoted = |word: &str| match word.parse::<u32>() {
        Ok(number) => number.to_string(),
        Err(_) => format!("\"{word}\""),
    };
    let pack = |(index, (template, setting)): (usize, (&Template, &&str))| {
        let id = format!("{index:06}-constructs");
        let mut text = template.text.replace("\"ID\"", &quoted(&id));
        for (word, value) in template.words.split(' ').zip(setting.split(' ')) {
            text = text.replace(&quoted(word), &quoted(value));
        }
        // A pack says nothing of what it has not.
        (id, text.replace("transfer = \"none\"\n", ""))
    };
    TEMPLATES.iter().flat_map(settings).enumerate().map(pack).collect()
}
