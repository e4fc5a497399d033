//! Links between the documents.

use crate::repository;

#[test]
fn every_link_between_documents_leads_to_a_file() {
    let mut dead = Vec::new();
    for document in repository::files_below("")
        .iter()
        .filter(|file| file.path.ends_with(".md"))
    {
        let folder = repository::root().join(document.folders().join("/"));
        let targets = links(&document.text)
            .into_iter()
            .filter(|target| !folder.join(target).exists());
        dead.extend(targets.map(|target| format!("{}: {target}", document.path)));
    }
    assert!(dead.is_empty(), "\n{}\n", dead.join("\n"));
}

#[test]
fn every_link_to_a_guide_leads_to_a_module() {
    let modules = repository::file("src/guide/mod.rs").text;
    let mut found = 0;
    for document in repository::files_below("")
        .iter()
        .filter(|file| file.path.ends_with(".md"))
    {
        for rest in document.text.split("device_grant/guide/").skip(1) {
            let name = rest.split(['/', ')']).next().unwrap();
            let module = format!("pub mod {name} {{}}");
            assert!(modules.contains(&module), "{}: {name}", document.path);
            found += 1;
        }
    }
    assert!(found > 2, "{found}");
}

/// Such a page is at another address on docs.rs than its file is in the repository.
#[test]
fn no_page_that_is_also_a_guide_has_a_relative_link() {
    let modules = repository::file("src/guide/mod.rs").text;
    let pages = modules.split("include_str!(\"../../").skip(1);
    let paths: Vec<&str> = pages.filter_map(|rest| rest.split('"').next()).collect();
    assert!(paths.len() > 3, "{paths:?}");
    for path in paths {
        let text = repository::file(path).text;
        assert_eq!(links(&text), [""; 0], "{path}");
    }
}

#[test]
fn every_guide_is_a_module_and_in_the_readme() {
    let modules = repository::file("src/guide/mod.rs").text;
    let readme = repository::file("README.md").text;
    let files = repository::files_below("src/guide");
    let guides = files.iter().filter(|file| file.path.ends_with(".md"));
    for guide in guides {
        let module = format!("pub mod {} {{}}", guide.stem());
        assert!(modules.contains(&module), "{}", guide.path);
        assert!(readme.contains(&guide.path), "{}", guide.path);
    }
}

#[test]
fn links_to_elsewhere_and_to_headings_are_not_files() {
    let text = "[a](A.md), [b](docs/b.md#part) [c](https://example.com/c.md) [d](#d) [e](crate::E) `[f](f.md`";
    assert_eq!(links(text), ["A.md", "docs/b.md"]);
}

/// The relative targets of the links in a Markdown text, without their fragments.
fn links(text: &str) -> Vec<&str> {
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target);
    // `rustdoc` looks after those to items of the crate.
    let elsewhere = |target: &&str| {
        target.contains("://") || target.starts_with("mailto:") || target.starts_with("crate::")
    };
    let relative = targets.filter(|target| !elsewhere(target));
    relative
        .filter_map(|target| target.split('#').next())
        .filter(|path| !path.is_empty())
        .collect()
}
