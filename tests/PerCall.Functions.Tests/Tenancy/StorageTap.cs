using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace PerCall.Functions.Tests.Tenancy;

/// <summary>Stands in the way to storage: counts, lets a process die between two writes, and loses answers.</summary>
internal sealed class StorageTap : HttpPipelinePolicy
{
    private int _requests;
    private int _writes;

    public int Requests => _requests;

    public int Writes => _writes;

    /// <summary>After as many writes nothing reaches storage any more.</summary>
    public int DiesAfterWrites { get; set; } = int.MaxValue;

    /// <summary>Whether the answer of a request that reached storage is lost; the client then sends it again.</summary>
    public Func<Request, bool> Loses { get; set; } = _ => false;

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Interlocked.Increment(ref _requests);
        if (message.Request.Method != RequestMethod.Get && message.Request.Method != RequestMethod.Head && Interlocked.Increment(ref _writes) > DiesAfterWrites)
        {
            throw new KilledException();
        }

        if (_writes > DiesAfterWrites)
        {
            throw new KilledException();
        }

        await ProcessNextAsync(message, pipeline);
        if (Loses(message.Request))
        {
            throw new RequestFailedException("The connection was closed before the answer came.");
        }
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();
}

/// <summary>The process is no more.</summary>
internal sealed class KilledException() : Exception("Killed.");
