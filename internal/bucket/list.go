package bucket

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// List lists S3 and returns all objects under the prefix in the order of their keys.
func (s *Store) List(ctx context.Context, prefix string) ([]Object, error) {
	var objects []Object
	err := s.pages(ctx, &s3.ListObjectsV2Input{Prefix: &prefix}, func(page *s3.ListObjectsV2Output) {
		for _, o := range page.Contents {
			objects = append(objects, Object{Key: aws.ToString(o.Key), Bytes: aws.ToInt64(o.Size),
				ETag: aws.ToString(o.ETag), Modified: aws.ToTime(o.LastModified)})
		}
	})
	return objects, err
}

// ListPrefixes lists S3 and returns the "directories" right under the prefix, each with its final slash.
func (s *Store) ListPrefixes(ctx context.Context, prefix string) ([]string, error) {
	var prefixes []string
	err := s.pages(ctx, &s3.ListObjectsV2Input{Prefix: &prefix, Delimiter: aws.String("/")}, func(page *s3.ListObjectsV2Output) {
		for _, p := range page.CommonPrefixes {
			prefixes = append(prefixes, aws.ToString(p.Prefix))
		}
	})
	return prefixes, err
}

func (s *Store) pages(ctx context.Context, in *s3.ListObjectsV2Input, each func(*s3.ListObjectsV2Output)) error {
	in.Bucket = &s.bucket
	pages := s3.NewListObjectsV2Paginator(s.client, in)
	for pages.HasMorePages() {
		page, err := s.page(ctx, pages)
		if err != nil {
			return s.failed("listing", aws.ToString(in.Prefix), err)
		}
		each(page)
	}
	return nil
}

func (s *Store) page(ctx context.Context, pages *s3.ListObjectsV2Paginator) (*s3.ListObjectsV2Output, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	return pages.NextPage(ctx)
}
