namespace PerCall.Hosting.Development;

internal enum StorageProbeResult
{
    Nothing,
    Storage,
    SomethingElse,
}
