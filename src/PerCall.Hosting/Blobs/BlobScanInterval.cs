namespace PerCall.Hosting.Blobs;

/// <summary>Time between two scans: at least the shortest, and longer when a scan itself takes long, so that it costs a fifth of the time at most.</summary>
internal sealed record BlobScanInterval(TimeSpan Shortest)
{
    private const int RestPerScan = 4;

    public TimeSpan After(TimeSpan scan) => scan * RestPerScan > Shortest ? scan * RestPerScan : Shortest;
}
