export declare function bundleFolder(cache: string, minor: string): string;
export declare function bundleArguments(cache: string, minor: string): string[];
