package mail

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func TestShot(t *testing.T) {
	spec := os.Getenv("SHOT") // name:width:scheme,...
	if spec == "" {
		t.Skip()
	}
	alloc, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("/usr/bin/chromium"), chromedp.NoSandbox)...)
	defer cancel()
	ctx, cancel := chromedp.NewContext(alloc)
	defer cancel()
	for _, s := range strings.Split(spec, ",") {
		p := strings.Split(s, ":")
		w, _ := strconv.ParseInt(p[1], 10, 64)
		u := "file:///tmp/preview/" + p[0] + ".html"
		if strings.HasPrefix(p[0], "@") {
			u = "http://" + strings.ReplaceAll(p[0][1:], "~", ":")
		}
		err := chromedp.Do(ctx,
			chromedp.EmulateViewport(w, 600),
			chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
				_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: p[2]}}})
				return err
			}),
			chromedp.Navigate(u))
		if err != nil {
			t.Fatal(err)
		}
		buf, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatal(err)
		}
		name := strings.NewReplacer("@", "", "/", "_", "~", "_", "?", "_").Replace(p[0])
		os.WriteFile("/tmp/preview/"+name+"-"+p[1]+"-"+p[2]+".png", buf, 0o644)
	}
}
