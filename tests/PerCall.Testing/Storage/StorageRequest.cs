using Azure.Core;

namespace PerCall.Testing.Storage;

/// <summary>A request on its way to storage.</summary>
/// <param name="Write">The number of the write, from 1; 0: a read.</param>
/// <param name="Method">Its method.</param>
/// <param name="Uri">Its address.</param>
public readonly record struct StorageRequest(int Write, RequestMethod Method, Uri Uri)
{
    public bool IsWrite => Write > 0;

    /// <summary>Whether it appends a block to a blob.</summary>
    public bool Appends => Method == RequestMethod.Put && Uri.Query.Contains("comp=appendblock", StringComparison.Ordinal);
}
