"""How much of a folder or zip of images is read at most."""

MAX_IMAGES = 50_000
MAX_ENTRIES = 100_000
MAX_SEEN = 500_000  # files and folders of any kind below a folder
MAX_LETTERS = 1_000  # of a path within a folder or zip
MAX_FOLDERS = 64  # that lie one in another
MAX_DIRECTORY = 32 * 2**20  # bytes of a zip's list of entries
MAX_BYTES = 2 * 2**30  # of all images of a zip, uncompressed
MAX_TABLE_BYTES = 32 * 2**20  # of a file of labels
MAX_IMAGE_BYTES = 64 * 2**20
MAX_PIXELS = 50_000_000  # that an image's header may promise
MAX_DECODED = 25_000_000  # pixels of one image that are unpacked; of a JPEG a smaller form is
PIXELS_A_BYTE = 20  # that all images together may unpack to, beside those of any folder or zip:
PIXELS_OF_ANY = 500_000_000
MAX_SET_BYTES = 2**30  # of all images as they are kept
MAX_SIDE = 1024  # pixels that images may be resized to
MAX_SECONDS = 1200.0
