"""Panels of plugins in every slot, those that fail among them, and the pages of plugins and settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import seed
from opening import OpenPage
from playwright.sync_api import Browser, Page, expect

from runyard.testing.server import RunningServer, running_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RUN = seed.run_id(0)

MANIFEST = """
from runyard import hookimpl
from runyard.specs import PanelSpec

def panel(file, slot, **more):
    name = file.partition(".")[0] + "-" + slot.replace(".", "-")
    about = {"title": name.replace("-", " "), "summary": "Is for tests."}
    return PanelSpec(name=name, target="panels_for_tests:" + file, slot=slot, **about, **more)

@hookimpl
def runyard_ui_panels():
    return [PANELS]
"""
WELL = """
    panel("well.js", "run.tab", keys=("params.lr",), others=("asked.js",)),
    panel("well.js", "workspace.chart", keys=("metrics.val_*",), others=("asked.js",)),
    panel("well.js", "artifact.preview", files=("*.csv",), others=("asked.js",)),
    panel("well.js", "model.version.section", others=("asked.js",)),
    panel("well.js", "nav.page", others=("asked.js",)),
    panel("elsewhere.js", "run.tab", keys=("params.no_such",), others=("asked.js",)),
"""
SICK = ", ".join(
    f'panel("{name}.js", "run.tab")' for name in ("syntax", "gone", "next", "mounting", "changing", "acting", "prying")
)
SAYS_IDS = """
import { asked } from "./asked.js";
export const api = "1";
export async function mount(el, ctx) {
  const count = await asked(ctx);
  const show = ({ ids, state, theme, setState }) => {
    el.replaceChildren(`ids ${JSON.stringify(ids)}, state [${state}], dark ${theme.dark}, ${count} experiments`);
    const button = el.appendChild(document.createElement("button"));
    button.textContent = "Keep";
    button.onclick = () => setState(state + "+");
  };
  show(ctx);
  return { update: show };
}
"""
MODULES = {
    "well.js": SAYS_IDS,
    "elsewhere.js": SAYS_IDS,
    "asked.js": """export const asked = async ({ fetch }) =>
        (await (await fetch("/api/v1/experiments")).json()).experiments.length;""",
    "syntax.js": "export const api = ;",
    "next.js": 'export const api = "2"; export function mount() {}',
    "mounting.js": 'export const api = "1"; export function mount() { throw new Error("no chart library") }',
    "changing.js": """export const api = "1";
        export const mount = (el, ctx) => {
          const button = el.appendChild(document.createElement("button"));
          button.textContent = "Change";
          button.onclick = () => ctx.setState("changed");
          return { update() { throw new Error("cannot change") } };
        };""",
    "acting.js": """export const api = "1";
        export const mount = (el) => {
          const button = el.appendChild(document.createElement("button"));
          button.textContent = "Act";
          button.onclick = () => { throw new Error("cannot act") };
        };""",
    "prying.js": """export const api = "1";
        export const mount = async (el, ctx) => { await ctx.fetch("https://elsewhere.example/api/") };""",
}
FAILED = {
    "syntax": "failed while it was loaded: Unexpected token",
    "next": "failed while it was loaded: it is written for version 2 of the panels' API; this server has 1",
    "mounting": "failed when it was to show itself: no chart library",
    "prying": "failed when it was to show itself: a panel asks this server's API, such as /api/v1/…, not https://elsewhere",
}


def install(folder: Path, name: str, manifest: str) -> None:
    """What pip leaves of a plugin in a folder: its module and its metadata."""
    module = name.replace("-", "_")
    (folder / f"{module}.py").write_text(manifest, encoding="utf-8")
    info = folder / f"{module}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: runyard-{name}\nVersion: 1.2\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[runyard.plugins.v1]\n{name} = {module}\n", encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[RunningServer]:
    """A server with plugins whose panels do well, are sick in every way, or are for a slot that there is not."""
    folder = tmp_path_factory.mktemp("site")
    seed.seed(folder, long=1_000)
    packages = folder / "packages"
    (packages / "panels_for_tests").mkdir(parents=True)
    for name, text in {"__init__.py": "", **MODULES}.items():
        (packages / "panels_for_tests" / name).write_text(text, encoding="utf-8")
    for name, panels in {"well": WELL, "sick": SICK, "lost": 'panel("well.js", "run.tabs")'}.items():
        install(packages, f"panels-{name}", MANIFEST.replace("PANELS", panels))
    with running_server(folder, PYTHONPATH=str(packages)) as server:
        yield server


def test_a_panel_stands_in_every_slot_with_what_it_is_beside(open_page: OpenPage, site: RunningServer) -> None:
    page = open_page(f"/experiments/2?tab=charts&base={RUN}", theme="dark")
    chart = page.get_by_role("region", name="well workspace chart")
    chart.scroll_into_view_if_needed()
    expect(chart).to_contain_text(f'"baseline":"{RUN}","experiment":"2","runs":["')
    expect(chart).to_contain_text("dark true, 5 experiments")
    chart.get_by_role("button", name="Keep").click()
    expect(chart).to_contain_text("state [+]")
    page.get_by_role("button", name="log y").click()  # which leaves what the panel keeps in the address
    page.wait_for_url(re.compile(r"log=y.*x\.well-workspace-chart="))
    expect(chart).to_contain_text("state [+]")
    page.get_by_role("navigation", name="Places").get_by_role("link", name="well nav page").click()
    expect(page.get_by_role("region", name="well nav page")).to_contain_text("ids {}, state []")
    page.go_back()
    expect(chart).to_contain_text("state [+]")
    page.goto(f"{site.url}/workspace?exp=2,1&tab=charts")
    expect(chart).to_contain_text('ids {"experiments":["2","1"],"runs":["')

    page.goto(f"{site.url}/runs/{RUN}/overview")
    tabs = page.get_by_role("navigation", name="Parts of the run")
    tabs.get_by_role("link", name="well run tab").click()
    expect(tabs.get_by_role("link", name="elsewhere run tab")).to_have_count(0)
    tab = page.get_by_role("region", name="well run tab")
    expect(tab).to_contain_text(f'ids {{"experiment":"2","run":"{RUN}"}}, state [], dark true')
    for _ in range(2):  # to light, then to dark, then to the system's, which is dark
        page.get_by_role("button", name=re.compile("^Theme")).click()
        if page.evaluate("document.documentElement.dataset.theme") == "light":
            expect(tab).to_contain_text("dark false")
    expect(tab).to_contain_text("dark true")

    page.goto(f"{site.url}/runs/{RUN}/artifacts/per_digit.csv")
    preview = page.get_by_role("region", name="well artifact preview")
    expect(preview).to_contain_text(f'{{"run":"{RUN}","path":"per_digit.csv"}}')
    page.goto(f"{site.url}/models/digits%20classifier/versions/2/overview")
    section = page.get_by_role("region", name="well model version section")
    expect(section).to_contain_text('"model":"digits classifier","version":"2"')


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page that may complain."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


def test_a_sick_panel_is_named_with_its_version_and_the_page_goes_on(site: RunningServer, page: Page) -> None:
    page.goto(f"{site.url}/runs/{RUN}/overview")
    tabs, alert = page.get_by_role("navigation", name="Parts of the run"), page.get_by_role("alert")
    for name, told in FAILED.items():
        tabs.get_by_role("link", name=f"{name} run tab").click()
        expect(alert).to_contain_text(f"The panel “{name} run tab” of panels-sick 1.2 {told}")
    expect(tabs.get_by_role("link", name="gone run tab")).to_have_count(0)  # the server knows already
    page.get_by_role("button", name="Try again").click()
    expect(alert).to_contain_text("failed when it was to show itself")
    for name, action, told in (("changing", "Change", "something changed"), ("acting", "Act", "it was used")):
        tabs.get_by_role("link", name=f"{name} run tab").click()
        page.get_by_role("button", name=action, exact=True).click()
        expect(alert).to_contain_text(f"{told}: cannot {action.lower()}")
    tabs.get_by_role("link", name="well run tab").click()
    expect(page.get_by_role("region", name="well run tab")).to_contain_text("5 experiments")

    # The page of the plugin keeps what failed here; what the server found stands there as well.
    tabs.get_by_role("link", name="mounting run tab").click()
    page.get_by_role("link", name="About this plugin").click()
    panels = page.get_by_role("region", name="Panels")
    expect(panels.get_by_role("row", name=re.compile("^mounting run tab"))).to_contain_text("no chart library")
    expect(panels.get_by_role("row", name=re.compile("^gone run tab"))).to_contain_text("FileNotFoundError")
    expect(panels.get_by_role("row", name=re.compile("^acting run tab"))).to_contain_text("cannot act")


def test_plugins_are_listed_with_their_health_and_panels_left_out_in_safe_mode(site: RunningServer, page: Page) -> None:
    page.goto(f"{site.url}/plugins")
    rows = page.get_by_role("region", name="Installed plugins").get_by_role("row")
    expect(rows.nth(1)).to_contain_text(re.compile("panels-lost.*1.2.*broken.*no slot 'run.tabs'"))
    expect(rows.filter(has_text="panels-well")).to_contain_text("workspace.chart")
    page.keyboard.press("/")
    page.keyboard.type("artifact store s3")
    expect(rows).to_have_count(2)
    page.wait_for_url("**?q=artifact+store+s3")
    page.keyboard.press("Control+k")
    page.keyboard.type("plugins")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="panels-lost").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("declare: ValueError: there is no slot 'run.tabs' for the panel")
    expect(alert).to_contain_text("did you mean 'run.tab'?")
    page.go_back()
    page.get_by_role("button", name="Safe mode").click()
    expect(page.get_by_role("link", name="Safe mode: no panels")).to_be_visible()
    expect(page.get_by_role("link", name="well nav page")).to_have_count(0)
    page.get_by_role("button", name="Load panels again").click()
    expect(page.get_by_role("link", name="well nav page")).to_be_visible()


def test_settings_say_what_holds_and_browsers_keep_their_own(open_page: OpenPage, site: RunningServer) -> None:
    page = open_page("/settings")
    table = page.get_by_role("region", name="Settings of the server")
    expect(table.get_by_role("row", name=re.compile(r"^server\.port"))).to_contain_text("flag --port")
    expect(table.get_by_role("row", name=re.compile("^heartbeat"))).to_have_count(0)
    page.get_by_role("button", name=re.compile("^All")).click()
    expect(table.get_by_role("row", name=re.compile("^heartbeat"))).to_contain_text("default")
    page.get_by_role("group", name="Theme").get_by_role("button", name="Dark").click()
    page.get_by_role("group", name="Motion").get_by_role("button", name="Less").click()
    page.get_by_role("group", name="Live").get_by_role("button", name="Off").click()
    page.goto(f"{site.url}/experiments/2")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-motion", "less")
    expect(page.get_by_text("paused", exact=True)).to_be_visible()
    page.go_back()
    page.get_by_role("group", name="Live").get_by_role("button", name="On").click()
    page.go_forward()
    expect(page.get_by_text("live", exact=True)).to_be_visible()
