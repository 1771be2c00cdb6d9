package stack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
	"github.com/versity/versitygw/s3api"
)

// The keys need not be secret: the server listens on loopback and holds a sample.
const (
	accessKey = "tieout-local"
	secretKey = "tieout-local-secret"
	region    = "us-east-1"
)

// S3Options says where the S3 server listens and keeps its objects.
type S3Options struct {
	// Address is a loopback host:port; port 0 takes a free one.
	Address string
	// DataDir holds objects/, with a file for each object, and metadata/.
	DataDir string
	// Bucket is made unless it exists; "" for none.
	Bucket string
}

// S3 is a running S3 server and what a client needs to use it (path-style addressing).
type S3 struct {
	Endpoint  string
	AccessKey string
	SecretKey string
	Region    string
	Bucket    string
	// Dir is the directory of the bucket's objects, each a file under its key. It is for reading only, since the server
	// keeps metadata about them.
	Dir string

	stop context.CancelFunc
	done chan error
}

// StartS3 starts an S3 server and returns once it answers and has the bucket. Objects and unfinished multipart uploads
// survive a kill of the process.
//
// A process can have one at a time. It changes the working directory of the process to its objects, so make relative paths
// absolute before.
func StartS3(ctx context.Context, options S3Options) (*S3, error) {
	address, err := resolve("The S3 server", "--s3", options.Address)
	if err != nil {
		return nil, err
	}
	if options.DataDir, err = filepath.Abs(options.DataDir); err != nil {
		return nil, fmt.Errorf("finding the data directory: %w", err)
	}
	backend, err := openObjects(options.DataDir)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &S3{
		Endpoint: "http://" + address.String(), AccessKey: accessKey, SecretKey: secretKey, Region: region, Bucket: options.Bucket,
		Dir:  filepath.Join(objectsDir(options.DataDir), options.Bucket),
		stop: stop, done: make(chan error, 1),
	}
	listening := make(chan struct{})
	go func() {
		s.done <- embedgw.RunVersityGW(running, backend, &embedgw.Config{
			RootUserAccess:    accessKey,
			RootUserSecret:    secretKey,
			IAMService:        auth.NewIAMServiceSingle(auth.Account{Access: accessKey, Secret: secretKey, Role: auth.RoleAdmin}),
			Region:            region,
			Ports:             []string{address.String()},
			MaxConnections:    4096,
			MaxRequests:       1024,
			MultipartMaxParts: 10000,
			KeepAlive:         true,
			Quiet:             true,
			S3Options:         []s3api.Option{s3api.WithOnListen(func() { close(listening) })},
		})
	}()
	select {
	case <-listening:
	case err := <-s.done:
		stop()
		return nil, fmt.Errorf("starting the S3 server on %s: %w", address, err)
	case <-ctx.Done():
		return nil, fmt.Errorf("starting the S3 server on %s: %w", address, errors.Join(ctx.Err(), s.Stop()))
	}
	if err := s.makeBucket(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// openObjects opens the directories of the store. Metadata has one of its own, since not every file system has extended
// attributes.
func openObjects(dataDir string) (*posix.Posix, error) {
	objects, metadata := objectsDir(dataDir), filepath.Join(dataDir, "metadata")
	for _, dir := range []string{objects, metadata} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("making the object store: %w", err)
		}
	}
	if err := dropOrphans(objects, metadata); err != nil {
		return nil, fmt.Errorf("tidying the object store's metadata: %w", err)
	}
	sidecar, err := meta.NewSideCar(metadata)
	if err != nil {
		return nil, fmt.Errorf("opening the object store's metadata: %w", err)
	}
	// The sidecar works without being named in the options, and is not announced on stdout then.
	backend, err := posix.New(objects, sidecar, posix.PosixOpts{})
	if err != nil {
		return nil, fmt.Errorf("opening the object store: %w", err)
	}
	return backend, nil
}

// dropOrphans removes the metadata of objects that are not there. The server writes metadata before the object, and a
// process that was killed in between leaves an object that cannot be read and that If-None-Match takes for present.
func dropOrphans(objects, metadata string) error {
	return filepath.WalkDir(metadata, func(dir string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() || entry.Name() != "meta" {
			return err
		}
		object, err := filepath.Rel(metadata, filepath.Dir(dir))
		if err != nil {
			return err
		}
		if _, err := os.Lstat(filepath.Join(objects, object)); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		return fs.SkipDir
	})
}

func objectsDir(dataDir string) string { return filepath.Join(dataDir, "objects") }

// Client returns an S3 client for the server.
func (s *S3) Client() *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String(s.Endpoint),
		Region:       s.Region,
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, ""),
	})
}

func (s *S3) makeBucket(ctx context.Context) error {
	if s.Bucket == "" {
		return nil
	}
	_, err := s.Client().CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(s.Bucket)})
	if _, owned := errors.AsType[*types.BucketAlreadyOwnedByYou](err); err != nil && !owned {
		return fmt.Errorf("making bucket %q: %w", s.Bucket, err)
	}
	return nil
}

// Stop lets running requests finish for a few seconds and ends the server.
func (s *S3) Stop() error {
	s.stop()
	if err := <-s.done; err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("stopping the S3 server: %w", err)
	}
	return nil
}
