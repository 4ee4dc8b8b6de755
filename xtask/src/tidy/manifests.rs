//! Manifests: the arrows between crates, descriptions, lints; and the list of shipped packs.

use toml::{Table, Value};

use super::{Fault, File};

/// A crate and the crates of ours that it may use. Nothing else may.
const MAP: &[(&str, &[&str])] = &[
    ("tongchou-core", &[]),
    ("tongchou-packs", &[]),
    ("tongchou-wire", &["tongchou-core"]),
    ("tongchou-policy", &["tongchou-core", "tongchou-wire"]),
    ("tongchou-oracle", &["tongchou-wire"]),
    ("tongchou-abi", &["tongchou-core", "tongchou-wire"]),
    ("tongchou-sim", &["tongchou-core", "tongchou-wire"]),
    ("tongchou-cli", AROUND),
    ("tongchou-benches", AROUND),
    ("xtask", &[]),
];
const AROUND: &[&str] =
    &["tongchou-core", "tongchou-packs", "tongchou-policy", "tongchou-sim", "tongchou-wire"];
const OURS: &str = "tongchou-";
const ABI: &str = "crates/abi/Cargo.toml";
const PACKS: &str = "crates/packs/data/";
const PACK_LIST: &str = "crates/packs/src/lib.rs";

/// Every manifest and the list of packs.
pub fn check(files: &[File], faults: &mut Vec<Fault>) {
    let mut lints = (None, None);
    for file in files.iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        let manifest = match file.text.parse::<Table>() {
            Ok(manifest) => manifest,
            Err(error) => {
                faults.push(Fault::new(&file.path, 1, error.message()));
                continue;
            }
        };
        if file.path == "Cargo.toml" {
            lints.0 = table(&manifest, "workspace").and_then(|it| table(it, "lints")).cloned();
        } else {
            package(file, &manifest, faults);
        }
        if file.path == ABI {
            lints.1 = table(&manifest, "lints").cloned();
        }
    }
    if let (Some(workspace), Some(abi)) = lints {
        same_lints(&workspace, &abi, faults);
    }
    packs(files, faults);
}

fn package(file: &File, manifest: &Table, faults: &mut Vec<Fault>) {
    let mut fault = |what: String| faults.push(Fault::new(&file.path, 1, what));
    let package = table(manifest, "package").cloned().unwrap_or_default();
    let field = |name: &str| package.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = field("name");
    if field("description").is_empty() {
        fault("a crate needs a description".into());
    }
    let lints = table(manifest, "lints").and_then(|lints| lints.get("workspace"));
    if file.path != ABI && lints.and_then(Value::as_bool) != Some(true) {
        fault("a crate takes the lints of the workspace: `[lints] workspace = true`".into());
    }
    let Some((_, allowed)) = MAP.iter().find(|(known, _)| *known == name) else {
        return fault(format!("crate `{name}` is not on the map of xtask/src/tidy/manifests.rs"));
    };
    for used in uses(manifest).filter(|used| !allowed.contains(&used.as_str())) {
        fault(format!("an arrow that is not on the map: {name} → {used}"));
    }
}

/// The crates of ours that a crate uses when it is shipped.
fn uses(manifest: &Table) -> impl Iterator<Item = String> {
    let targets = table(manifest, "target").into_iter().flatten();
    let tables = targets.filter_map(|(_, target)| target.as_table()).chain([manifest]);
    let sections = tables.flat_map(|it| ["dependencies", "build-dependencies"].map(|s| (it, s)));
    let entries = sections.filter_map(|(it, section)| table(it, section)).flatten();
    let names = entries.map(|(name, entry)| {
        let package = entry.get("package").and_then(Value::as_str);
        package.unwrap_or(name).to_owned()
    });
    names.filter(|name| name.starts_with(OURS)).collect::<Vec<_>>().into_iter()
}

/// One crate repeats the lints of the workspace, because it alone is unsafe.
fn same_lints(workspace: &Table, abi: &Table, faults: &mut Vec<Fault>) {
    for (tool, lints) in workspace {
        for (lint, level) in lints.as_table().into_iter().flatten() {
            let own = abi.get(tool).and_then(|own| own.get(lint));
            let wanted = if lint == "unsafe_code" { &Value::from("allow") } else { level };
            if own != Some(wanted) {
                let what = format!("lint `{tool}.{lint}` is not that of the workspace");
                faults.push(Fault::new(ABI, 1, what));
            }
        }
    }
}

/// A pack that is not listed would not ship, and nothing would say so.
fn packs(files: &[File], faults: &mut Vec<Fault>) {
    let list = files.iter().find(|file| file.path == PACK_LIST);
    let list = list.map(|file| file.text.as_str()).unwrap_or_default();
    for file in files {
        let Some(name) = file.path.strip_prefix(PACKS) else { continue };
        let Some(id) = name.strip_suffix(".toml") else {
            faults.push(Fault::new(&file.path, 1, "only packs stand here, as `ID.toml`"));
            continue;
        };
        if !list.contains(&format!("\"{id}\"")) {
            faults.push(Fault::new(&file.path, 1, format!("pack is not listed in {PACK_LIST}")));
        }
    }
}

fn table<'a>(parent: &'a Table, name: &str) -> Option<&'a Table> {
    parent.get(name).and_then(Value::as_table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(files: &[(&str, &str)]) -> Vec<String> {
        let mut faults = Vec::new();
        let file =
            |(path, text): &(&str, &str)| File { path: (*path).into(), text: (*text).into() };
        check(&files.iter().map(file).collect::<Vec<_>>(), &mut faults);
        faults.into_iter().map(|fault| fault.what).collect()
    }

    const HEAD: &str = "lints.workspace = true\n[package]\nname = \"tongchou-oracle\"\n";

    #[test]
    fn arrows_are_those_of_the_map() {
        let check = |tail: &str| faults(&[("crates/oracle/Cargo.toml", &format!("{HEAD}{tail}"))]);
        let good = "description = \"x\"\n[dependencies]\ntongchou-wire.workspace = true\n";
        assert!(check(good).is_empty());
        let dev = format!("{good}[dev-dependencies]\ntongchou-policy.workspace = true\n");
        assert!(check(&dev).is_empty());
        let arrow = "an arrow that is not on the map: tongchou-oracle → tongchou-core";
        assert_eq!(check(&format!("{good}tongchou-core.workspace = true\n")), [arrow]);
        assert_eq!(check(&format!("{good}x = {{ package = \"tongchou-core\" }}\n")), [arrow]);
        assert_eq!(check("[dependencies]\n"), ["a crate needs a description"]);
    }

    #[test]
    fn packs_are_listed() {
        let list = ("crates/packs/src/lib.rs", "packs![\"110000-employee\"];");
        let found = |name: &str| faults(&[(&format!("crates/packs/data/{name}"), ""), list]).len();
        assert_eq!(found("110000-employee.toml"), 0);
        assert_eq!(found("220282-large.toml"), 1);
        assert_eq!(found("notes.txt"), 1);
    }

    #[test]
    fn the_repeated_lints_are_the_same() {
        let root = "[workspace.lints.rust]\nunsafe_code = \"forbid\"\nmissing_docs = \"warn\"\n";
        let head = "[package]\nname = \"tongchou-abi\"\ndescription = \"x\"\n[lints.rust]\n";
        let check = |lints: &str| {
            let abi = format!("{head}{lints}");
            faults(&[("Cargo.toml", root), ("crates/abi/Cargo.toml", &abi)]).len()
        };
        assert_eq!(check("unsafe_code = \"allow\"\nmissing_docs = \"warn\"\n"), 0);
        assert_eq!(check("unsafe_code = \"allow\"\n"), 1);
    }
}
