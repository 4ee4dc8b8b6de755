//! `sim run` and `sim replay`.

use std::io::Write;
use std::path::Path;

use indicatif::ProgressBar;
use tongchou_sim::batch::Batch;
use tongchou_sim::book::Book;
use tongchou_sim::fault::{Code, Fault, said};
use tongchou_sim::files::{Header, Reader, Writer};
use tongchou_sim::generate::Generator;
use tongchou_sim::run::{self, Ran, Recorded, Recorder, Terms};
use tongchou_sim::settle::{Settler, WIDTH_MAX, WIDTH_SMALL};

use super::desk::{self, Chosen, Made};
use super::summary::{Source, Summary, Whole};
use super::watch::{Along, Watch};
use super::{Form, Replay, Run, Stopped};
use crate::{Ended, Failure};

/// `sim run`.
pub fn run(options: &Run, out: &mut dyn Write) -> Result<Ended, Stopped> {
    if let (Some(file), true) = (&options.write, options.scenarios.len() > 1) {
        let place = file.display().to_string();
        let help = said("每个文件一个场景", "one scenario a file");
        return Err(Fault::new(Code::Usage, "--write", place, help).into());
    }
    let mut whole = Whole::default();
    for name in &options.scenarios {
        let made = make(name, options)?;
        whole.add(&made);
        made.print(options.common.format, options.common.lang, out)?;
        if made.ran.partial {
            return Ok(Ended::Refused);
        }
    }
    if options.common.format == Form::Text {
        write!(out, "{}", whole.text(options.common.lang))?;
    }
    Ok(Ended::Done)
}

/// Makes and settles the members of one scenario.
fn make(name: &str, options: &Run) -> Result<Summary, Stopped> {
    let common = &options.common;
    let scenario = desk::scenario(name)?;
    let members = desk::members(&scenario, &options.much)?;
    let chosen = desk::chosen(common, &scenario)?;
    let threads = desk::threads(common.threads)?;
    let generator = Generator::new(&scenario, options.much.seed)?;
    let header = Header {
        pack: chosen.terms.binder.reference(),
        params: chosen.terms.binder.params(),
        facts: scenario.facts.clone(),
        scenario: Some(scenario.id.clone()),
        seed: Some(options.much.seed),
    };
    let mut written = Written::create(options.write.as_deref(), &header)?;
    let watch = Watch::begin(Along::Persons(members));
    let small = Settler::<WIDTH_SMALL>::fits(&chosen.terms.bound());
    let (terms, sink) = (&chosen.terms, written.as_mut());
    let ran = match small {
        true => settle_made::<WIDTH_SMALL>(&generator, members, terms, threads, sink, &watch),
        false => settle_made::<WIDTH_MAX>(&generator, members, terms, threads, sink, &watch),
    };
    let source = Source::Scenario {
        id: scenario.id.clone(),
        seed: options.much.seed,
        members,
        stands_for: scenario.members,
    };
    finish(ran, written, source, chosen, threads, &watch)
}

fn settle_made<const W: usize>(
    generator: &Generator,
    members: u64,
    terms: &Terms,
    threads: usize,
    written: Option<&mut Written>,
    watch: &Watch,
) -> Result<Ran, Fault> {
    match written {
        None => run::generate::<W>(generator, 0..members, terms, threads, watch),
        Some(written) => run::record::<W>(generator, 0..members, terms, written, watch),
    }
}

/// `sim replay`.
pub fn replay(options: &Replay, out: &mut dyn Write) -> Result<Ended, Stopped> {
    let common = &options.common;
    let reader = Reader::open(&options.file)?;
    let header = reader.header().clone();
    let pack = match (&common.pack, header.pack.as_str()) {
        (Some(pack), _) => pack.clone(),
        (None, "") => {
            let text = "the file does not say which pack its visits are for: give --pack";
            return Err(Failure::new(text).into());
        }
        (None, pack) => pack.to_owned(),
    };
    let made = Made { params: &header.params, facts: &header.facts, own: pack == header.pack };
    let chosen = desk::terms(&pack, &made, &common.params, common.lang)?;
    let other = !header.pack.is_empty()
        && (!made.own
            || !common.params.is_empty() && chosen.terms.binder.params() != header.params);
    let reader = if other { reader.for_another_pack() } else { reader };
    let threads = desk::threads(common.threads)?;
    let named = Header {
        pack: chosen.terms.binder.reference(),
        params: chosen.terms.binder.params(),
        facts: chosen.terms.facts.iter().map(|(name, yuan)| (name.clone(), yuan.0)).collect(),
        ..header.clone()
    };
    let mut written = Written::create(options.write.as_deref(), &named)?;
    let watch = Watch::begin(reader.size().map_or(Along::Unknown, Along::Bytes));
    let mut file = File { bar: reader.size().map(|_| watch.bar()), reader };
    let small = Settler::<WIDTH_SMALL>::fits(&chosen.terms.bound());
    let sink = written.as_mut().map(|written| written as &mut dyn Recorder);
    let terms = &chosen.terms;
    let ran = match small {
        true => run::replay::<WIDTH_SMALL>(&mut file, terms, threads, sink, &watch),
        false => run::replay::<WIDTH_MAX>(&mut file, terms, threads, sink, &watch),
    };
    let source = Source::File {
        name: options.file.display().to_string(),
        scenario: header.scenario,
        seed: header.seed,
    };
    let summary = finish(ran, written, source, chosen, threads, &watch)?;
    summary.print(common.format, common.lang, out)?;
    Ok(if summary.ran.partial { Ended::Refused } else { Ended::Done })
}

/// Ends a run: the file takes its name.
fn finish(
    ran: Result<Ran, Fault>,
    written: Option<Written>,
    source: Source,
    chosen: Chosen,
    threads: usize,
    watch: &Watch,
) -> Result<Summary, Stopped> {
    let ran = ran?;
    let threads = if written.is_some() { 1 } else { threads };
    // Part of the visits under the name of all of them would be half a file.
    if let Some(written) = written.filter(|_| !ran.partial) {
        written.0.finish()?;
    }
    Ok(Summary { time: watch.end(), ran, source, chosen, threads })
}

/// A file that is read.
struct File {
    reader: Reader,
    /// Shows how far it was read, where its size is known.
    bar: Option<ProgressBar>,
}

impl Recorded for File {
    fn next(&mut self, batch: &mut Batch, book: &mut Book) -> Result<bool, Fault> {
        let more = self.reader.next(batch, book)?;
        if let Some(bar) = &self.bar {
            bar.set_position(self.reader.reached());
        }
        Ok(more)
    }
}

/// A file that is written.
struct Written(Writer);

impl Written {
    fn create(path: Option<&Path>, header: &Header) -> Result<Option<Self>, Fault> {
        path.map(|path| Writer::create(path, header).map(Self)).transpose()
    }
}

impl Recorder for Written {
    fn take(&mut self, batch: &Batch, book: &Book) -> Result<(), Fault> {
        self.0.write(batch, book)
    }
}
