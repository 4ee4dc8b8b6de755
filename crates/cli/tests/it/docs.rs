//! Tables in the documentation that the program writes itself.

use std::path::PathBuf;

use crate::{stdout, tongchou};

/// `UPDATE=1` writes the file anew.
#[test]
fn the_table_of_refusals_is_the_programs_own() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../wire/CODES.md");
    let table = |lang| stdout(&tongchou(&["schema", "codes", "--lang", lang], ""));
    let text = format!(
        "# Refusal codes\n\nWritten by `tongchou schema codes`; codes are stable.\n\n\
         ## English\n\n{}\n## 中文\n\n{}",
        table("en"),
        table("zh")
    );
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "UPDATE=1 writes it anew");
}

/// In a block of `console`, what follows a command is what it prints; `| head -N` cuts it.
/// `UPDATE=1` writes the output anew.
#[test]
fn the_readmes_show_what_the_commands_print() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut commands = 0;
    for name in ["README.md", "README.zh-CN.md"] {
        let text = std::fs::read_to_string(root.join(name)).unwrap();
        let mut found = String::new();
        let mut parts = text.split("```console\n");
        found.push_str(parts.next().unwrap());
        for part in parts {
            let (block, rest) = part.split_once("```").unwrap();
            let command = block.lines().next().unwrap();
            found.push_str(&format!("```console\n{command}\n{}```{rest}", printed(&root, command)));
            commands += 1;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(root.join(name), &found).unwrap();
        }
        let text = std::fs::read_to_string(root.join(name)).unwrap();
        assert_eq!(text, found, "{name}: UPDATE=1 writes it anew");
    }
    assert_eq!(commands, 10);
}

/// The systems of a member's year, and the demos that show them, are the same in both languages;
/// each command of the tables does its work.
#[test]
fn every_demo_of_the_readmes_runs() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let commands = |name: &str| {
        let text = std::fs::read_to_string(root.join(name)).unwrap();
        let quoted: Vec<String> = text.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let demo = |quoted: &String| quoted.starts_with("tongchou ") && quoted.contains("/demo/");
        quoted.into_iter().filter(demo).collect::<Vec<String>>()
    };
    let (english, chinese) = (commands("README.md"), commands("README.zh-CN.md"));
    assert_eq!(english, chinese);
    let folder = std::fs::read_dir(root.join("fixtures/demo")).unwrap();
    for file in folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        let shown = english.iter().any(|command| command.ends_with(&format!("/{file}")));
        assert!(shown || file.ends_with(".request.json"), "{file} is in no table");
    }
    for command in &english {
        let args = command.split_whitespace().skip(1);
        let program = std::process::Command::new(env!("CARGO_BIN_EXE_tongchou"));
        let output = { program }.args(args).current_dir(&root).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{command}: {output:?}");
    }
}

/// What a command of a `console` block prints in the root folder.
fn printed(root: &std::path::Path, command: &str) -> String {
    let (command, lines) = command.split_once(" | head -").unwrap_or((command, "1000"));
    let args = command.strip_prefix("$ tongchou ").unwrap().split_whitespace();
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_tongchou"));
    let output = { program }.args(args).current_dir(root).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.trim_end().lines().take(lines.parse().unwrap());
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}
