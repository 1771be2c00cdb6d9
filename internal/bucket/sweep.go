package bucket

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Sweep aborts the multipart uploads that are open below a prefix: those of attempts that were killed before they
// could say so. It is for a landing that has its manifest, or a tie-out that has its result: nobody needs them then.
// An upload of an attempt that still lives fails, which is as good.
func (s *Store) Sweep(ctx context.Context, prefix string) error {
	pages := s3.NewListMultipartUploadsPaginator(s.client, &s3.ListMultipartUploadsInput{Bucket: &s.bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		bounded, cancel := s.bounded(ctx)
		page, err := pages.NextPage(bounded)
		cancel()
		if err != nil {
			return s.failed("listing the open uploads below", prefix, err)
		}
		for _, open := range page.Uploads {
			// A server may take the prefix for a hint.
			if open.Key == nil || open.UploadId == nil || !strings.HasPrefix(*open.Key, prefix) {
				continue
			}
			bounded, cancel := s.bounded(ctx)
			_, err := s.client.AbortMultipartUpload(bounded, &s3.AbortMultipartUploadInput{Bucket: &s.bucket, Key: open.Key, UploadId: open.UploadId})
			cancel()
			if err != nil && !isNoSuchUpload(err) {
				return fmt.Errorf("sweeping up: %w", s.failed("aborting the upload of", *open.Key, err))
			}
		}
	}
	return nil
}
