package runner

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"

	"github.com/guild-run/guild/runtime/internal/canon"
	"github.com/guild-run/guild/runtime/run"
	"github.com/zeebo/blake3"
)

// maxDownload bounds what a required URL may give, in bytes.
const maxDownload = 64 << 30

// fetch downloads a URL into the home's cache, once for each digest, and returns the file. The digest must be given: what is
// fetched tomorrow must be what was meant today.
func (r *Runner) fetch(ctx context.Context, address string, want run.Digest) (string, error) {
	if want.IsZero() {
		return "", fmt.Errorf("a URL needs a digest: write { url = %q, digest = \"blake3:…\" }", address)
	}
	dir := filepath.Join(r.Store.Home(), "cache", "resources")
	file := filepath.Join(dir, want.Hex())
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	tmp, err := os.CreateTemp(dir, ".tmp-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	got, err := download(ctx, address, tmp)
	if err != nil {
		return "", err
	}
	if got != want {
		return "", fmt.Errorf("its digest is %s, not %s", got, want)
	}
	if err := tmp.Sync(); err != nil {
		return "", err
	}
	return file, os.Rename(tmp.Name(), file)
}

func download(ctx context.Context, address string, to io.Writer) (run.Digest, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return run.Digest{}, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return run.Digest{}, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return run.Digest{}, fmt.Errorf("the server answers %s", response.Status)
	}
	hash := blake3.New()
	n, err := io.Copy(io.MultiWriter(to, hash), io.LimitReader(response.Body, maxDownload+1))
	if err != nil {
		return run.Digest{}, err
	}
	if n > maxDownload {
		return run.Digest{}, fmt.Errorf("it has more than %d bytes", int64(maxDownload))
	}
	var d run.Digest
	hash.Sum(d[:0])
	return d, nil
}

// urlFile is the name under which a URL's content is staged.
func urlFile(address string) string {
	if u, err := url.Parse(address); err == nil {
		if base := path.Base(u.Path); base != "/" && base != "." {
			return base
		}
	}
	return canon.Bytes([]byte(address)).Hex()[:16]
}
