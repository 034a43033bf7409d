using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>The share of the <see cref="BodyBudget"/> that one request holds. All of it is released when the request ends.</summary>
public sealed class BodyMemory(BodyBudget budget) : IDisposable
{
    private string? _charged;
    private long _held;

    /// <summary>
    /// The account that the bytes count against. It is set when the caller is known, and fixed by the first reservation.
    /// </summary>
    public string Account { get; set; } = "";

    public static BodyMemory Start(HttpContext http, BodyBudget budget)
    {
        var memory = new BodyMemory(budget);
        http.Items[typeof(BodyMemory)] = memory;
        return memory;
    }

    /// <summary>Returns the request's share; null when the request did not pass through the middleware.</summary>
    public static BodyMemory? Of(HttpContext http) =>
        http.Items.TryGetValue(typeof(BodyMemory), out var memory) ? (BodyMemory?)memory : null;

    /// <exception cref="RefusedException">503: the budget has too few bytes left.</exception>
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
