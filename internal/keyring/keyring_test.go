package keyring

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"naru/internal/naru"
)

func newTestRing(t *testing.T) *Ring {
	t.Helper()
	ring, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// reread writes and reads the ring, as the next start does.
func reread(t *testing.T, r *Ring) *Ring {
	t.Helper()
	text, err := r.Text()
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(text, "\n\r") {
		t.Errorf("more than a line: %q", text)
	}
	again, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func TestSealedOpensInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	ring, other := newTestRing(t), newTestRing(t)
	again := reread(t, ring)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		context := rapid.SliceOfN(rapid.String(), 1, 3).Draw(t, "context")
		sealed, err := ring.Seal(plain, context...)
		if err != nil {
			t.Fatal(err)
		}
		if len(plain) > 3 && bytes.Contains(sealed, plain) {
			t.Fatal("the value shows")
		}
		if opened, err := again.Open(sealed, context...); err != nil || !bytes.Equal(opened, plain) {
			t.Fatalf("opened as %x, %v", opened, err)
		}
		// The same letters, divided otherwise, are another place.
		for _, elsewhere := range [][]string{append([]string{""}, context...), append(slices.Clip(context), "x"), {strings.Join(context, "") + "\x00"}, nil} {
			if _, err := ring.Open(sealed, elsewhere...); code(err) != "sealed_damaged" {
				t.Fatalf("opened in %q: %v", elsewhere, err)
			}
		}
		if _, err := other.Open(sealed, context...); code(err) != "key_unknown" {
			t.Fatalf("opened with other keys: %v", err)
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "byte")
		changed := bytes.Clone(sealed)
		changed[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := ring.Open(changed, context...); err == nil {
			t.Fatal("a changed value was opened")
		}
		if _, err := ring.Open(sealed[:i], context...); err == nil {
			t.Fatal("a cut value was opened")
		}
	})
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return naru.AsError(err).Code
}

func TestRotation(t *testing.T) {
	t.Parallel()
	first := newTestRing(t)
	sealed, err := first.Seal([]byte("first"), "place")
	if err != nil {
		t.Fatal(err)
	}
	added, id, err := first.Add()
	if err != nil {
		t.Fatal(err)
	}
	if added.Primary() != first.Primary() || len(added.Keys()) != 2 || len(first.Keys()) != 1 {
		t.Fatalf("added: %v", added.Keys())
	}
	second, err := reread(t, added).Promote(id)
	if err != nil {
		t.Fatal(err)
	}
	if second.Primary() != int64(id) || !second.Keys()[1].Primary || second.Keys()[0].Primary {
		t.Errorf("promoted: %v", second.Keys())
	}
	newer, err := second.Seal([]byte("second"), "place")
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := second.Open(sealed, "place"); err != nil || string(opened) != "first" {
		t.Errorf("old value: %q, %v", opened, err)
	}
	// One that knows the key already opens what another seals with it.
	if opened, err := added.Open(newer, "place"); err != nil || string(opened) != "second" {
		t.Errorf("new value: %q, %v", opened, err)
	}
	alone, err := second.Remove(uint32(first.Primary()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alone.Open(sealed, "place"); code(err) != "key_unknown" {
		t.Errorf("opened with a removed key: %v", err)
	}
	if _, err := alone.Remove(id); err == nil {
		t.Error("the primary key was removed")
	}
	if _, err := alone.Promote(id + 1); code(err) != "key_unknown" {
		t.Errorf("promoted an unknown key: %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	text, err := newTestRing(t).Text()
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{
		"", "{}", "secret", text[:len(text)-2],
		strings.Replace(text, "TINK", "RAW", 1), strings.Replace(text, "ENABLED", "DISABLED", 1),
		strings.Replace(text, "AesGcmKey", "HmacKey", 1),
	} {
		_, err := Parse(wrong)
		if err == nil {
			t.Errorf("read %q", wrong)
		} else if strings.Contains(err.Error(), "value") || strings.Contains(err.Error(), "secret") {
			t.Errorf("the error repeats the text: %v", err)
		}
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "naru.keys")
	if _, err := ReadFile(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read nothing: %v", err)
	}
	first, second := newTestRing(t), newTestRing(t)
	if err := first.Create(path); err != nil {
		t.Fatal(err)
	}
	if err := second.Create(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("created over another: %v", err)
	}
	for _, want := range []*Ring{first, second} {
		if err := want.replace(path); err != nil {
			t.Fatal(err)
		}
		got, err := ReadFile(path)
		if err != nil || got.Primary() != want.Primary() {
			t.Errorf("read %v, %v", got, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left over: %v", left)
	}
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("read nonsense: %v", err)
	}
}

// TestNoChangeIsLost: two commands may be given at once.
func TestNoChangeIsLost(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "naru.keys")
	if err := newTestRing(t).Create(path); err != nil {
		t.Fatal(err)
	}
	const changes = 8
	var changing sync.WaitGroup
	for range changes {
		changing.Go(func() {
			err := Change(path, func(r *Ring) (*Ring, error) {
				r, _, err := r.Add()
				return r, err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	changing.Wait()
	ring, err := ReadFile(path)
	if err != nil || len(ring.Keys()) != 1+changes {
		t.Errorf("%d keys, %v; want %d", len(ring.Keys()), err, 1+changes)
	}
	refused := errors.New("refused")
	if err := Change(path, func(*Ring) (*Ring, error) { return nil, refused }); !errors.Is(err, refused) {
		t.Errorf("a change that fails: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left over: %v", left)
	}
}

func TestFollowing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "naru.keys")
	first := newTestRing(t)
	if err := first.Create(path); err != nil {
		t.Fatal(err)
	}
	following := Follow(first, path)
	added, id, err := first.Add()
	if err != nil {
		t.Fatal(err)
	}
	second, err := added.Promote(id)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := second.Seal([]byte("later"), "place")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := following.Open(sealed, "place"); code(err) != "key_unknown" {
		t.Errorf("opened before the key was there: %v", err)
	}
	if err := second.replace(path); err != nil {
		t.Fatal(err)
	}
	if plain, err := following.Open(sealed, "place"); err != nil || string(plain) != "later" {
		t.Errorf("opened as %q, %v", plain, err)
	}
	if _, err := following.Open(sealed, "elsewhere"); code(err) != "sealed_damaged" {
		t.Errorf("opened elsewhere: %v", err)
	}
	if following.Primary() != first.Primary() {
		t.Error("seals with another key within one run")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if plain, err := following.Open(sealed, "place"); err != nil || string(plain) != "later" {
		t.Errorf("without the file: %q, %v", plain, err)
	}
}

// BenchmarkSeal is what an inquiry and a piece of a document cost, sealed and
// opened again.
func BenchmarkSeal(b *testing.B) {
	ring, err := New()
	if err != nil {
		b.Fatal(err)
	}
	for name, size := range map[string]int{"inquiry": 2 << 10, "piece": 256 << 10} {
		b.Run(name, func(b *testing.B) {
			plain := make([]byte, size)
			b.SetBytes(int64(size))
			for b.Loop() {
				sealed, err := ring.Seal(plain, "table.column", "id", "reference")
				if err == nil {
					_, err = ring.Open(sealed, "table.column", "id", "reference")
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
