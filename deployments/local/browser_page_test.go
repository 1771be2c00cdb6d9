package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// go test ./deployments/local -run 'TestInTheBrowser|TestStory' -update-images takes the pictures of docs/images anew.
var updateImages = flag.Bool("update-images", false, "write the pictures of docs/images")

const (
	pictureWidth = 1280
	pictureBytes = 250_000
	patience     = 30 * time.Second
)

// page is a tab of a real browser that shows the Web UI. Its methods wait for what they need, and fail the test when it does
// not come.
type page struct {
	t      *testing.T
	ctx    context.Context
	base   string
	images string
	// pictures are the screenshots by their name.
	pictures map[string][]byte
}

// openBrowser starts Chromium, or skips the test where there is none. Pictures go to the directory images.
func openBrowser(t *testing.T, images string) *page {
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("there is no Chromium here: install the package chromium to have the Web UI tried in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		// The browser must not connect beyond this machine.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &page{t: t, ctx: ctx, images: images, pictures: map[string][]byte{}}
	t.Cleanup(p.writePictures)
	// The browser lives as long as the context of the first action.
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(pictureWidth, 1000)))
	return p
}

// at returns the page, for a namespace of the Web UI.
func (p *page) at(base, namespace string) *page {
	p.base = base + "/namespaces/" + namespace + "/workflows/"
	return p
}

// visible selects the first element of a CSS selector that is shown: the UI has hidden copies for narrow screens.
func visible(css string) chromedp.JSPath { return labelled(css, "") }

// labelled selects the first such element that holds a text.
func labelled(css, text string) chromedp.JSPath {
	return chromedp.JSPath(fmt.Sprintf("[...document.querySelectorAll(%q)].find(e => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) && e.innerText.includes(%q))", css, text))
}

func (p *page) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.fail(err, what)
	}
}

func (p *page) navigate(address string) {
	p.t.Helper()
	p.do("going to "+address, chromedp.Navigate(address))
}

// open goes to a page below the list of runs.
func (p *page) open(path string) {
	p.t.Helper()
	p.navigate(p.base + path)
}

func (p *page) openRun(id string) {
	p.t.Helper()
	p.open(url.PathEscape(id))
	p.reads(visible("main h1"), id)
	p.reads(visible("[data-testid=execution-status]"), "")
}

func (p *page) tab(name string) {
	p.t.Helper()
	p.press(visible("[data-testid=" + name + "-tab]"))
}

// press uses the keyboard: a mouse misses what moves while the page is laid out.
func (p *page) press(element chromedp.JSPath) {
	p.t.Helper()
	p.do("pressing "+string(element), chromedp.SendKeys(element, kb.Enter, chromedp.NodeEnabled))
}

func (p *page) fill(element chromedp.JSPath, text string) {
	p.t.Helper()
	p.do("filling in "+string(element), chromedp.SendKeys(element, text))
}

func (p *page) clear(element chromedp.JSPath) {
	p.t.Helper()
	p.do("emptying "+string(element), chromedp.SendKeys(element, ""),
		chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent(kb.Backspace))
}

// reads waits until the element holds the texts.
func (p *page) reads(element chromedp.JSPath, texts ...string) {
	p.t.Helper()
	if err := p.found(patience, `(texts) => {
		const element = `+string(element)+`;
		return element && texts.every(text => element.innerText.includes(text));
	}`, texts); err != nil {
		p.fail(err, fmt.Sprintf("reading %q", texts))
	}
}

// details waits until the summary and the current details of a run, rendered as Markdown in frames, hold the texts. The page
// does not follow the run by itself: the key R reads them again.
func (p *page) details(id string, texts ...string) {
	p.t.Helper()
	p.openRun(id)
	p.tab("user-metadata")
	for begun := time.Now(); ; {
		err := p.found(2*time.Second, `(texts) => {
			const shown = [...document.querySelectorAll("main iframe")].map(f => f.contentDocument?.body?.innerText ?? "").join("\n");
			return texts.every(text => shown.includes(text));
		}`, texts)
		if err == nil {
			return
		}
		if !errors.Is(err, chromedp.ErrPollingTimeout) || time.Since(begun) > patience {
			p.fail(err, fmt.Sprintf("reading %q in the details", texts))
		}
		p.do("reading the details again", chromedp.KeyEvent("r"))
	}
}

// found waits until the function returns true for the texts. It tries again when the page is replaced meanwhile.
func (p *page) found(wait time.Duration, function string, texts []string) error {
	for begun := time.Now(); ; {
		_, err := chromedp.Run(p.ctx, chromedp.PollFunction[bool](function, chromedp.WithPollingArgs(texts),
			chromedp.WithPollingInterval(100*time.Millisecond), chromedp.WithPollingTimeout(wait)))
		if err == nil || errors.Is(err, chromedp.ErrPollingTimeout) || p.ctx.Err() != nil || time.Since(begun) > wait {
			return err
		}
		select {
		case <-p.ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// fail fails the test with what the browser shows instead.
func (p *page) fail(err error, what string) {
	p.t.Helper()
	shown, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string](
		"location.href + '\\n' + document.body.innerText + [...document.querySelectorAll('main iframe')].map(f => '\\n' + f.src).join('')"))
	require.NoError(p.t, err, "%s; the browser shows %s", what, shown)
}

// picture keeps what the tab shows for docs/images/<name>.png, where that is asked for.
func (p *page) picture(name string, height int64) {
	p.t.Helper()
	p.pictureOf(name, height, chromedp.CaptureScreenshot())
}

// pictureOfDialog keeps the open dialog alone: the page behind it is blurred, which needs more colours than a palette has.
func (p *page) pictureOfDialog(name string) {
	p.t.Helper()
	p.pictureOf(name, 900, chromedp.Screenshot(visible("dialog[open]")))
}

func (p *page) pictureOf(name string, height int64, take chromedp.Action[[]byte]) {
	p.t.Helper()
	if !*updateImages || name == "" {
		return
	}
	blur := func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		return chromedp.Evaluate[chromedp.Void]("document.activeElement.blur()")(ctx, t)
	}
	p.do("resizing", chromedp.EmulateViewport(pictureWidth, height), blur)
	shot, err := chromedp.Run(p.ctx, take)
	require.NoError(p.t, err)
	p.pictures[name] = shot
}

// writePictures compresses the pictures at the end, so that no run has to wait for it.
func (p *page) writePictures() {
	for name, shot := range p.pictures {
		decoded, err := png.Decode(bytes.NewReader(shot))
		require.NoError(p.t, err)
		var small bytes.Buffer
		encoder := png.Encoder{CompressionLevel: png.BestCompression}
		require.NoError(p.t, encoder.Encode(&small, paletted(decoded)))
		require.Less(p.t, small.Len(), pictureBytes, "%s is too large", name)
		require.NoError(p.t, os.MkdirAll(p.images, 0o755))
		require.NoError(p.t, os.WriteFile(filepath.Join(p.images, name+".png"), small.Bytes(), 0o644))
	}
}

// paletted reduces a picture to its 256 most frequent colours, since a page has few.
func paletted(from image.Image) *image.Paletted {
	counts := map[color.RGBA]int{}
	bounds := from.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(from.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int {
		return cmp.Or(counts[b]-counts[a], cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	var palette color.Palette
	for _, c := range colours[:min(256, len(colours))] {
		palette = append(palette, c)
	}
	nearest := map[color.RGBA]uint8{}
	for _, c := range colours {
		nearest[c] = uint8(palette.Index(c))
	}
	to := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			to.SetColorIndex(x, y, nearest[at(x, y)])
		}
	}
	return to
}
