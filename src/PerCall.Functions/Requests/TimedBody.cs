using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>A request's body that has to have come within a time. What has come already costs no timer.</summary>
/// <param name="body">The body as the server reads it.</param>
/// <param name="limit">From the first wait for more to the end.</param>
public sealed class TimedBody(Stream body, TimeSpan limit) : ReadingStream
{
    // Of the first read's token: all reads of a request have the same end.
    private CancellationTokenSource? _over;
    private CancellationToken _caller;
    private bool _waited;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_over is null)
        {
            (_over, _caller) = (CancellationTokenSource.CreateLinkedTokenSource(cancellationToken), cancellationToken);
        }

        var read = body.ReadAsync(buffer, _over.Token);
        return read.IsCompletedSuccessfully ? read : WaitAsync(read);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _over?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> WaitAsync(ValueTask<int> read)
    {
        if (!_waited)
        {
            _waited = true;
            _over!.CancelAfter(limit);
        }

        try
        {
            return await read;
        }
        catch (OperationCanceledException e) when (!_caller.IsCancellationRequested)
        {
            throw new RefusedException(
                StatusCodes.Status408RequestTimeout,
                "body_too_slow",
                string.Create(CultureInfo.InvariantCulture, $"The body did not arrive in time; allowed: at most {limit.TotalSeconds:0} s."),
                inner: e)
            {
                // What has not come yet would be taken for the next request.
                Headers = new Dictionary<string, string> { ["Connection"] = "close" },
            };
        }
    }
}
