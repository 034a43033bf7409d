using PerCall.Hosting.Blobs;
using Xunit;

namespace PerCall.Hosting.Tests.Blobs;

public sealed class BlobScanIntervalTests
{
    private static readonly BlobScanInterval Interval = new(TimeSpan.FromSeconds(2));

    [Theory]
    [InlineData(0.1, 0, 2)]
    [InlineData(3, 0, 12)]
    // A scan that found many blobs: what it sent for them does not put off the next.
    [InlineData(60, 59.9, 2)]
    [InlineData(60, 57, 12)]
    public void After_RestsForListingAlone(double scan, double notifying, double rest) =>
        Assert.Equal(TimeSpan.FromSeconds(rest), Interval.After(TimeSpan.FromSeconds(scan), TimeSpan.FromSeconds(notifying)));
}
