using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>What one request holds of the <see cref="BodyBudget"/>; all of it goes back when the request has been answered.</summary>
public sealed class BodyMemory(BodyBudget budget) : IDisposable
{
    private string? _charged;
    private long _held;

    /// <summary>
    /// The account whose share the bytes count against. Set when the caller is known; the first bytes that are held decide.
    /// </summary>
    public string Account { get; set; } = "";

    public static BodyMemory Start(HttpContext http, BodyBudget budget)
    {
        var memory = new BodyMemory(budget);
        http.Items[typeof(BodyMemory)] = memory;
        return memory;
    }

    /// <summary>Null: the request has not come through the middleware.</summary>
    public static BodyMemory? Of(HttpContext http) =>
        http.Items.TryGetValue(typeof(BodyMemory), out var memory) ? (BodyMemory?)memory : null;

    /// <exception cref="RefusedException">503: there are not so many bytes left.</exception>
    public void Hold(long bytes)
    {
        budget.Hold(_charged ??= Account, bytes);
        Interlocked.Add(ref _held, bytes);
    }

    public void Release(long bytes)
    {
        if (bytes > 0)
        {
            budget.Release(_charged!, bytes);
            Interlocked.Add(ref _held, -bytes);
        }
    }

    public void Dispose() => Release(Interlocked.Read(ref _held));
}
